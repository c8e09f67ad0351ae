// The certificates of TCP listeners, read at start and at every reload.
import { readFileSync } from "node:fs";
import { createSecureContext, type TlsOptions } from "node:tls";
import { BerthError, messageOf } from "../api/errors.ts";
import type { TlsSettings } from "./configuration/load.ts";

/** @throws BerthError invalidParameter for unreadable files and keys that do not match their certificates */
export function tlsOptions(tls: TlsSettings): TlsOptions {
  const options: TlsOptions = {
    cert: read("certificate", tls.certificate),
    key: read("key", tls.key),
    minVersion: "TLSv1.2",
    ...(tls.verifyClients
      ? { ca: read("authority's certificate", tls.authority), requestCert: true, rejectUnauthorized: true }
      : {}),
  };
  try {
    createSecureContext(options);
  } catch (thrown) {
    throw new BerthError("invalidParameter", `could not use the TLS certificates: ${messageOf(thrown)}`);
  }
  return options;
}

function read(what: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new BerthError("invalidParameter", `could not read the TLS ${what}: ${messageOf(thrown)}`);
  }
}
