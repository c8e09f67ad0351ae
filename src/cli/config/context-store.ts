// Docker's context store: contexts/meta/<sha256 of the name>/meta.json and the TLS files next to it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { TlsMaterial } from "../../client/endpoint.ts";
import { CommandError } from "../failure.ts";

export interface DockerEndpoint {
  Host?: string;
  SkipTLSVerify: boolean;
}

export interface ContextMetadata {
  Name: string;
  Metadata: { Description?: string; [further: string]: unknown };
  Endpoints: Record<string, DockerEndpoint>;
}

/** PEM texts of the docker endpoint. */
export interface ContextTls {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

export const DEFAULT_CONTEXT = "default";

const TLS_FILES = [
  ["ca", "ca.pem"],
  ["cert", "cert.pem"],
  ["key", "key.pem"],
] as const;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

export class ContextStore {
  readonly #root: string;

  constructor(configDirectory: string) {
    this.#root = `${configDirectory}/contexts`;
  }

  metaDirectory(name: string): string {
    return `${this.#root}/meta/${new Bun.CryptoHasher("sha256").update(name).digest("hex")}`;
  }

  tlsDirectory(name: string): string {
    return `${this.#root}/tls/${new Bun.CryptoHasher("sha256").update(name).digest("hex")}`;
  }

  find(name: string): ContextMetadata | undefined {
    const text = readIfThere(`${this.metaDirectory(name)}/meta.json`);
    if (text === undefined) return undefined;
    const metadata: ContextMetadata = JSON.parse(text);
    return metadata;
  }

  /** @throws CommandError in Docker's words when no context has the name */
  get(name: string): ContextMetadata {
    const metadata = this.find(name);
    if (metadata) return metadata;
    const path = `${this.metaDirectory(name)}/meta.json`;
    throw new CommandError(`context "${name}": context not found: open ${path}: no such file or directory`);
  }

  /** Sorted by name. */
  list(): ContextMetadata[] {
    let directories: string[];
    try {
      directories = readdirSync(`${this.#root}/meta`);
    } catch {
      return [];
    }
    const found: ContextMetadata[] = [];
    for (const directory of directories) {
      const text = readIfThere(`${this.#root}/meta/${directory}/meta.json`);
      if (text !== undefined) found.push(JSON.parse(text));
    }
    return found.sort((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  write(metadata: ContextMetadata, tls?: ContextTls): void {
    const directory = this.metaDirectory(metadata.Name);
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    writeFileSync(`${directory}/meta.json`, JSON.stringify(metadata), { mode: 0o644 });
    if (!tls) return;
    const tlsDirectory = this.tlsDirectory(metadata.Name);
    rmSync(tlsDirectory, { recursive: true, force: true });
    if (Object.values(tls).every((text) => text === undefined)) return;
    mkdirSync(`${tlsDirectory}/docker`, { recursive: true, mode: 0o700 });
    for (const [kind, file] of TLS_FILES) {
      const text = tls[kind];
      if (text !== undefined) writeFileSync(`${tlsDirectory}/docker/${file}`, text, { mode: 0o600 });
    }
  }

  tls(name: string): ContextTls {
    const directory = `${this.tlsDirectory(name)}/docker`;
    const tls: ContextTls = {};
    for (const [kind, file] of TLS_FILES) {
      const text = readIfThere(`${directory}/${file}`);
      if (text !== undefined) tls[kind] = text;
    }
    return tls;
  }

  remove(name: string): void {
    rmSync(this.metaDirectory(name), { recursive: true, force: true });
    rmSync(this.tlsDirectory(name), { recursive: true, force: true });
  }

  /** TLS settings for the context's docker endpoint; undefined without TLS. */
  tlsMaterial(metadata: ContextMetadata): TlsMaterial | undefined {
    const tls = this.tls(metadata.Name);
    const skipVerify = metadata.Endpoints.docker?.SkipTLSVerify ?? false;
    if (!skipVerify && Object.keys(tls).length === 0) return undefined;
    return { ...tls, skipVerify };
  }
}
