// The certificates of TCP listeners, read once at start.
import { readFileSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import { BerthError, messageOf } from "../api/errors.ts";
import type { TlsSettings } from "./configuration/load.ts";

export function tlsOptions(tls: TlsSettings): TlsOptions {
  return {
    cert: read("certificate", tls.certificate),
    key: read("key", tls.key),
    minVersion: "TLSv1.2",
    ...(tls.verifyClients
      ? { ca: read("authority's certificate", tls.authority), requestCert: true, rejectUnauthorized: true }
      : {}),
  };
}

function read(what: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new BerthError("invalidParameter", `could not read the TLS ${what}: ${messageOf(thrown)}`);
  }
}
