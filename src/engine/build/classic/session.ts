// The session of a `POST /build` client: answers from the request itself, or from the client's BuildKit session.
import type { Duplex } from "node:stream";
import { BerthError } from "../../../api/errors.ts";
import type { RegistryCredentials } from "../../../registry/credentials.ts";
import type { BuildSession, DirectoryRequest, DirectoryTransfer, FileTree } from "../session.ts";

/** The host name of Docker Hub's registry, and the key under which Docker's clients keep its credentials. */
const DOCKER_HUB = { host: "registry-1.docker.io", domain: "docker.io", account: "https://index.docker.io/v1/" };

export class RequestSession implements BuildSession {
  readonly id: string;
  /** The client's session, for what the request does not contain. */
  private readonly client: BuildSession | undefined;
  private readonly secrets: Readonly<Record<string, string>>;
  private readonly registries: Readonly<Record<string, RegistryCredentials>>;

  /** @param secrets values in base64, by ID */
  constructor(
    {
      secrets,
      credentials,
    }: { secrets: Readonly<Record<string, string>>; credentials: Readonly<Record<string, RegistryCredentials>> },
    client: BuildSession | undefined,
  ) {
    this.id = client?.id ?? "";
    this.client = client;
    this.secrets = secrets;
    this.registries = credentials;
  }

  sharedKey(directory: string): string {
    return this.client?.sharedKey(directory) ?? "";
  }

  directory(request: DirectoryRequest, kept: FileTree, signal: AbortSignal): DirectoryTransfer {
    return this.clientFor("directories").directory(request, kept, signal);
  }

  async secret(id: string): Promise<Uint8Array | undefined> {
    const value = Object.hasOwn(this.secrets, id) ? this.secrets[id] : undefined;
    return value === undefined ? undefined : Buffer.from(value, "base64");
  }

  async hasSshAgent(id: string, signal: AbortSignal): Promise<boolean> {
    return (await this.client?.hasSshAgent(id, signal)) ?? false;
  }

  async connectSshAgent(id: string, signal: AbortSignal): Promise<Duplex> {
    return this.clientFor("an SSH agent").connectSshAgent(id, signal);
  }

  async credentials(host: string): Promise<RegistryCredentials | undefined> {
    if (host !== DOCKER_HUB.host) return this.registries[host];
    return this.registries[DOCKER_HUB.domain] ?? this.registries[DOCKER_HUB.account];
  }

  upload(id: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.clientFor("uploads").upload(id, signal);
  }

  async export(...parameters: Parameters<BuildSession["export"]>): Promise<void> {
    await this.clientFor("exports").export(...parameters);
  }

  /** @throws BerthError invalidParameter */
  private clientFor(purpose: string): BuildSession {
    if (this.client) return this.client;
    throw new BerthError("invalidParameter", `a build without a session has no ${purpose}`);
  }
}
