// A client without a session: what a build may ask of it came with the request.
import type { Duplex } from "node:stream";
import type { RegistryConfiguration } from "../../../api/build.ts";
import { BerthError } from "../../../api/errors.ts";
import type { RegistryCredentials } from "../../../api/images.ts";
import type { BuildSession, DirectoryTransfer } from "../session.ts";

/** The name of Docker Hub's registry, and the one that Docker's clients keep its credentials under. */
const DOCKER_HUB = { host: "registry-1.docker.io", domain: "docker.io", account: "https://index.docker.io/v1/" };

export class RequestSession implements BuildSession {
  readonly id = "";
  private readonly secrets: Readonly<Record<string, string>>;
  private readonly registries: RegistryConfiguration;

  /** @param secrets values in base64, by ID */
  constructor({
    secrets,
    credentials,
  }: {
    secrets: Readonly<Record<string, string>>;
    credentials: RegistryConfiguration;
  }) {
    this.secrets = secrets;
    this.registries = credentials;
  }

  sharedKey(): string {
    return "";
  }

  directory(): DirectoryTransfer {
    throw withoutSession("directories");
  }

  async secret(id: string): Promise<Uint8Array | undefined> {
    const value = Object.hasOwn(this.secrets, id) ? this.secrets[id] : undefined;
    return value === undefined ? undefined : Buffer.from(value, "base64");
  }

  async hasSshAgent(): Promise<boolean> {
    return false;
  }

  async connectSshAgent(): Promise<Duplex> {
    throw withoutSession("an SSH agent");
  }

  async credentials(host: string): Promise<RegistryCredentials | undefined> {
    if (host !== DOCKER_HUB.host) return this.registries[host];
    return this.registries[DOCKER_HUB.domain] ?? this.registries[DOCKER_HUB.account];
  }

  upload(): AsyncIterable<Uint8Array> {
    throw withoutSession("uploads");
  }

  async export(): Promise<void> {
    throw withoutSession("exports");
  }
}

const withoutSession = (what: string): BerthError =>
  new BerthError("invalidParameter", `a build without a session has no ${what}`);
