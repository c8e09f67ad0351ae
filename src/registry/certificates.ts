// Certificates per registry, in Docker's layout: `certs.d/<host[:port]>/` has CA certificates in *.crt and client
// certificates in pairs of *.cert and *.key.
import { readdirSync, readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { BerthError } from "../api/errors.ts";
import { errorCode, isErrno } from "../linux/errno.ts";

const DIRECTORIES = ["/etc/berth/certs.d", "/etc/docker/certs.d"];
/** The system's CA bundle, by distribution. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

export interface Certificates {
  /** Trusted in addition to the system's; PEM. */
  authorities: string[];
  client?: { certificate: string; key: string };
}

/**
 * Read for each operation, so that a new certificate needs no restart.
 * @throws BerthError invalidParameter for a certificate without its key, or a key without its certificate
 */
export function readCertificates(host: string, directories: readonly string[] = DIRECTORIES): Certificates {
  const found: Certificates = { authorities: [] };
  for (const directory of directories) {
    const path = join(directory, host);
    const names = filesIn(path);
    for (const name of names) {
      if (name.endsWith(".crt")) found.authorities.push(readFileSync(join(path, name), "utf8"));
      if (name.endsWith(".cert")) found.client ??= readPair(path, name, names);
      if (name.endsWith(".key")) requireCertificate(name, names);
    }
  }
  return found;
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR")) return [];
    throw new BerthError("internal", `open ${directory}: ${errorCode(thrown)}`, thrown);
  }
}

function readPair(path: string, name: string, names: readonly string[]): Certificates["client"] {
  const key = name.replace(/\.cert$/, ".key");
  if (!names.includes(key)) {
    throw new BerthError(
      "invalidParameter",
      `missing key ${key} for client certificate ${name}. Note that CA certificates should use the extension .crt`,
    );
  }
  return { certificate: readFileSync(join(path, name), "utf8"), key: readFileSync(join(path, key), "utf8") };
}

function requireCertificate(key: string, names: readonly string[]): void {
  const certificate = key.replace(/\.key$/, ".cert");
  if (names.includes(certificate)) return;
  throw new BerthError("invalidParameter", `missing client certificate ${certificate} for key ${key}`);
}

interface Bundle {
  path: string;
  /** Changes whenever the file does. */
  version: string;
  pem: string;
}

let lastBundle: Bundle | undefined;

/**
 * The system's CA certificates as one PEM text; undefined without any, and the runtime's built-in ones apply. The bundle
 * has hundreds of kilobytes and every request needs it, so it is only read again after it has changed.
 */
export async function systemAuthorities(): Promise<string | undefined> {
  const named = process.env.SSL_CERT_FILE;
  for (const path of [...(named ? [named] : []), ...SYSTEM_BUNDLES]) {
    const status = await stat(path).catch(() => undefined);
    if (!status) continue;
    const version = `${status.dev}:${status.ino}:${status.size}:${status.mtimeMs}`;
    if (lastBundle?.path !== path || lastBundle.version !== version) {
      lastBundle = { path, version, pem: await readFile(path, "utf8") };
    }
    return lastBundle.pem;
  }
  return undefined;
}
