// A session as seen by one build, with the shared keys that identify its directories across builds.
import type { Duplex } from "node:stream";
import { BerthError } from "../../api/errors.ts";
import type { BuildSession, DirectoryRequest, DirectoryTransfer, FileTree } from "../../engine/build/session.ts";
import type { RegistryCredentials } from "../../engine/index.ts";
import type { ClientSession } from "./client-session.ts";

type TakeExport = (archive: AsyncIterable<Uint8Array>) => Promise<void>;

/** The session of a build. Without one, the build cannot access anything on the client. */
export class BuildKitSession implements BuildSession {
  readonly id: string;
  private readonly client: ClientSession | undefined;
  /** By directory name: the key that distinguishes it from directories of the same name in other builds. */
  private readonly hints = new Map<string, string>();

  private readonly takeExport: TakeExport | undefined;

  constructor(client: ClientSession | undefined, takeExport?: TakeExport) {
    this.id = client?.id ?? "";
    this.client = client;
    this.takeExport = takeExport;
  }

  /** The same session, with archive exports redirected. */
  exportingTo(takeExport: TakeExport): BuildKitSession {
    const session = new BuildKitSession(this.client, takeExport);
    for (const [directory, hint] of this.hints) session.addHint(directory, hint);
    return session;
  }

  /** Reads the attributes `sharedkey:localdir:NAME` of a build. */
  addHint(directory: string, hint: string): void {
    this.hints.set(directory, hint);
  }

  sharedKey(directory: string): string {
    const { sharedKey = "" } = this.client ?? {};
    const hint = this.hints.get(directory) ?? "";
    return sharedKey === "" && hint === "" ? "" : `${directory}:${hint}:${sharedKey}`;
  }

  directory(request: DirectoryRequest, kept: FileTree, signal: AbortSignal): DirectoryTransfer {
    return this.required.directory(request, kept, signal);
  }

  async secret(id: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return await this.client?.secret(id, signal);
  }

  async hasSshAgent(id: string, signal: AbortSignal): Promise<boolean> {
    return (await this.client?.hasSshAgent(id, signal)) ?? false;
  }

  async connectSshAgent(id: string, signal: AbortSignal): Promise<Duplex> {
    return this.required.connectSshAgent(id, signal);
  }

  async credentials(host: string, signal: AbortSignal): Promise<RegistryCredentials | undefined> {
    return await this.client?.credentials(host, signal);
  }

  upload(id: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.required.upload(id, signal);
  }

  async export(
    exporter: number,
    type: "local" | "tar",
    archive: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.takeExport !== undefined) await this.takeExport(archive);
    else await this.required.export(exporter, type, archive, signal);
  }

  private get required(): ClientSession {
    if (this.client) return this.client;
    throw new BerthError("invalidParameter", "the build has no session with its client");
  }
}
