// A temporary registry: Debian's docker-registry on a free port of 127.0.0.1, public, with a password, or with TLS.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, mustRun } from "./command.ts";
import { freePort } from "./port.ts";

export interface RegistryOptions {
  /** Basic authentication; without it everyone may push and pull. */
  user?: { name: string; password: string };
  /** Serves https with a certificate for localhost and 127.0.0.1 that only {@link TestRegistry.certificate} vouches for. */
  tls?: boolean;
  /** Forwards requests for missing content to this registry, as a mirror does. */
  proxyOf?: string;
}

export class TestRegistry {
  /** "127.0.0.1:34567": what goes before the repository in a reference. */
  readonly host: string;
  readonly url: string;
  /** Path of the PEM certificate when TLS is on. */
  readonly certificate: string | undefined;
  /** Where it keeps its blobs, for tests that damage them. */
  readonly storage: string;
  readonly #directory: string;
  readonly #process: Bun.Subprocess;

  constructor(directory: string, port: number, tls: boolean, child: Bun.Subprocess) {
    this.#directory = directory;
    this.#process = child;
    this.host = `127.0.0.1:${port}`;
    this.url = `${tls ? "https" : "http"}://${this.host}`;
    this.certificate = tls ? join(directory, "certificate.pem") : undefined;
    this.storage = join(directory, "storage");
  }

  /** The file that holds a blob's bytes; the digest is "sha256:…". */
  blobPath(digest: string): string {
    const hex = digest.replace("sha256:", "");
    return join(this.storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
  }

  async dispose(): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** Whether docker-registry is installed; tests that need it are skipped otherwise. */
export const registryIsInstalled = Bun.which("docker-registry") !== null;

/** Starts a registry and waits until it answers. Use with `await using`. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), "berth-registry-"));
  const port = await freePort();
  mkdirSync(join(directory, "storage"));
  if (options.user) {
    const hash = await Bun.password.hash(options.user.password, { algorithm: "bcrypt", cost: 4 });
    writeFileSync(join(directory, "htpasswd"), `${options.user.name}:${hash.replace(/^\$2[aby]\$/, "$2y$")}\n`);
  }
  if (options.tls) await makeCertificate(directory);
  const configuration = join(directory, "registry.json");
  writeFileSync(configuration, JSON.stringify(registryConfiguration(directory, port, options), null, 2));

  const child = Bun.spawn(["docker-registry", "serve", configuration], {
    stdin: "ignore",
    stdout: Bun.file(join(directory, "log")),
    stderr: Bun.file(join(directory, "log")),
  });
  const registry = new TestRegistry(directory, port, options.tls ?? false, child);
  await eventually("the registry to answer", async () => {
    if (child.exitCode !== null) throw new Error(await Bun.file(join(directory, "log")).text());
    const answer = await fetch(`${registry.url}/v2/`, { tls: { rejectUnauthorized: false } }).catch(() => undefined);
    return answer !== undefined;
  });
  return registry;
}

/** The registry reads YAML, of which JSON is a part. */
function registryConfiguration(directory: string, port: number, options: RegistryOptions): Record<string, unknown> {
  return {
    version: 0.1,
    log: { level: "warn" },
    storage: { filesystem: { rootdirectory: join(directory, "storage") }, delete: { enabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      ...(options.tls && {
        tls: { certificate: join(directory, "certificate.pem"), key: join(directory, "key.pem") },
      }),
    },
    ...(options.user && { auth: { htpasswd: { realm: "berth-test", path: join(directory, "htpasswd") } } }),
    ...(options.proxyOf && { proxy: { remoteurl: options.proxyOf } }),
  };
}

async function makeCertificate(directory: string): Promise<void> {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const output = ["-keyout", join(directory, "key.pem"), "-out", join(directory, "certificate.pem")];
  await mustRun(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...output]);
}
