// Containers as front ends see them: named by any reference, independent of how they are stored.
import type { RunCondition, WaitCondition } from "../api/waiting.ts";
import { signalNumber } from "../linux/signals.ts";
import type { FileChange } from "../storage/changes.ts";
import type { PathStat } from "../storage/files/path-stat.ts";
import type { ContainerFiles, ExtractRequest, FilesSubject } from "./archive/container-files.ts";
import type { ContainerRequest, CreatedContainer, CreateOptions } from "./containers/configuration/create.ts";
import type { UpdateRequest } from "./containers/configuration/update.ts";
import type { Container } from "./containers/container.ts";
import type { Containers } from "./containers/containers.ts";
import { type FilesSubjectSources, filesSubjectOf } from "./containers/files-subject.ts";
import { logDetails } from "./containers/logs/details.ts";
import type { InspectedContainer } from "./containers/queries/inspect.ts";
import { containerFilters, type ListedContainer } from "./containers/queries/list.ts";
import type { ContainerStats } from "./containers/queries/stats.ts";
import type { ProcessTable } from "./containers/queries/top.ts";
import { type AttachRequest, attachClient, checkAttach } from "./containers/streams/attachment.ts";
import type { ClientConnection, StreamEnd } from "./containers/streams/join.ts";
import type { Events } from "./events.ts";
import { ExecService } from "./exec-service.ts";
import { type FilterFields, Filters } from "./filters.ts";
import { pruneFilterKeys } from "./prune-filters.ts";
import { acceptingFilters, type Pruner } from "./pruner.ts";
import { type ReportedConnection, serveRun } from "./reported-run.ts";

/** Which part of a log is asked for. Times are nanoseconds since 1970. */
export interface ContainerLogRequest {
  stdout: boolean;
  stderr: boolean;
  follow: boolean;
  timestamps: boolean;
  since: bigint | undefined;
  until: bigint | undefined;
  /** The last so many lines; all without it. */
  tail: number | undefined;
  /** Put what the log options name before each line. */
  details: boolean;
}

/** A client's way to a container's or an exec's streams. */
export interface Attachment {
  /** Whether the process has a terminal: its output is then one stream. */
  terminal: boolean;
  /** Serves the client until either side ends. `framed` puts a header before each piece that names its stream. */
  run(connection: ClientConnection, framed: boolean): Promise<StreamEnd>;
}

/** How a client takes part in a run. */
export interface RunPlan {
  until: RunCondition;
  /** Of no use to a client that waits only for the start. */
  attach: AttachRequest;
  warnings: readonly string[];
}

export interface ContainerServiceParts {
  containers: Containers;
  files: ContainerFiles;
  sources: FilesSubjectSources;
  events: Events;
}

/** All methods take any reference and throw BerthError notFound where there is no such container. */
export class ContainerService {
  readonly execs: ExecService;
  readonly pruner: Pruner<string>;
  private readonly parts: ContainerServiceParts;
  private readonly containers: Containers;

  constructor(parts: ContainerServiceParts) {
    this.parts = parts;
    this.containers = parts.containers;
    this.execs = new ExecService(parts.containers);
    this.pruner = acceptingFilters(parts.containers.pruner, pruneFilterKeys);
  }

  /** The ID and labels of one container. */
  identify(reference: string): { id: string; labels: Readonly<Record<string, string>> } {
    const { id, spec } = this.containers.get(reference);
    return { id, labels: spec.config.labels };
  }

  /** Resolves when a container that an earlier daemon left is restored; for all others at once. */
  restored(reference: string): Promise<void> {
    return this.containers.restored(reference);
  }

  /** How many containers with all of these labels there are. */
  counts(labels: readonly string[]): { running: number; paused: number; stopped: number } {
    return this.containers.counts(new Filters(new Map([["label", labels]])));
  }

  /** @throws BerthError invalidParameter for an unknown filter */
  list(
    request: { all: boolean; limit: number; filters: FilterFields },
    withSizes: boolean,
  ): Promise<ListedContainer[]> {
    return this.containers.list({ ...request, filters: Filters.of(request.filters, containerFilters) }, withSizes);
  }

  /** Something may be started soon. */
  expectStart(): void {
    this.containers.expectStart();
  }

  create(request: ContainerRequest, options: CreateOptions): CreatedContainer {
    return this.containers.create(request, options);
  }

  /**
   * Creates a container. The answer starts it for a client and serves the client until the end.
   * @param plan `warnings` are reported with those of the creation
   * @throws BerthError
   */
  run(
    request: ContainerRequest,
    options: CreateOptions,
    plan: RunPlan,
  ): (connection: ReportedConnection) => Promise<void> {
    const { until, attach, warnings } = plan;
    const created = this.create(request, options);
    const { id } = created;
    const attachment = until === "started" ? undefined : this.attach(id, attach);
    const run = {
      created: { id, warnings: [...created.warnings, ...warnings] },
      attach: attachment && ((connection: ClientConnection) => attachment.run(connection, true)),
      start: () => this.start(id),
      ended: (signal: AbortSignal) => (until === "started" ? Promise.resolve(0) : this.wait(id, until, signal)),
    };
    return (connection) => serveRun(run, connection);
  }

  inspect(reference: string, withSizes: boolean): Promise<InspectedContainer> {
    return this.containers.inspect(this.containers.get(reference), withSizes);
  }

  top(reference: string, psArguments: string): Promise<ProcessTable> {
    return this.containers.top(this.containers.get(reference), psArguments);
  }

  changes(reference: string): Promise<FileChange[]> {
    return this.containers.changes(this.containers.get(reference));
  }

  async start(reference: string): Promise<void> {
    await this.containers.lifecycle.start(this.containers.get(reference));
  }

  /** @param timeout seconds until SIGKILL; the container's own without it */
  async stop(reference: string, timeout: number | undefined, signal: string | undefined): Promise<void> {
    await this.containers.lifecycle.stop(this.containers.get(reference), timeout, signal);
  }

  /** As {@link stop}, then {@link start}. */
  async restart(reference: string, timeout: number | undefined, signal: string | undefined): Promise<void> {
    await this.containers.lifecycle.restart(this.containers.get(reference), timeout, signal);
  }

  /** @param signal a name or number; SIGKILL for "". @throws BerthError invalidParameter for no signal */
  async kill(reference: string, signal: string): Promise<void> {
    if (signal !== "") signalNumber(signal);
    await this.containers.lifecycle.kill(this.containers.get(reference), signal);
  }

  async pause(reference: string): Promise<void> {
    await this.containers.lifecycle.pause(this.containers.get(reference));
  }

  async unpause(reference: string): Promise<void> {
    await this.containers.lifecycle.unpause(this.containers.get(reference));
  }

  rename(reference: string, name: string): Promise<void> {
    return this.containers.rename(this.containers.get(reference), name);
  }

  /** The answer is warnings. */
  update(reference: string, request: UpdateRequest): Promise<string[]> {
    return this.containers.update(this.containers.get(reference), request);
  }

  /** Waits from the moment of the call; answers the exit code. */
  wait(reference: string, condition: WaitCondition, signal: AbortSignal): Promise<number> {
    return this.containers.wait(this.containers.get(reference), condition, signal);
  }

  remove(reference: string, request: { force: boolean; volumes: boolean }): Promise<void> {
    return this.containers.remove(this.containers.get(reference), reference, request);
  }

  /** Removes a link, named by its two ends: "own/alias". */
  unlink(name: string): void {
    this.containers.unlink(name);
  }

  /** @throws BerthError conflict if it is not running */
  resize(reference: string, height: number, width: number): Promise<void> {
    return this.containers.resize(this.containers.get(reference), height, width);
  }

  /** One sample; without `oneShot` after a second one, so that clients can compute the CPU usage. */
  stats(reference: string, oneShot: boolean): Promise<ContainerStats> {
    return this.containers.stats.once(this.containers.get(reference), oneShot);
  }

  /** A sample each second until the container or the signal ends it. */
  statsStream(reference: string, signal: AbortSignal): AsyncGenerator<ContainerStats> {
    return this.containers.stats.stream(this.containers.get(reference), signal);
  }

  /** @throws BerthError notImplemented for a log driver that keeps nothing */
  logs(
    reference: string,
    { details, since, until, tail, ...request }: ContainerLogRequest,
    signal: AbortSignal,
  ): { terminal: boolean; output: AsyncIterable<Uint8Array> } {
    const container = this.containers.get(reference);
    const query = {
      ...request,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(tail === undefined ? {} : { tail }),
      ...(details ? { details: logDetails(container.spec) } : {}),
    };
    return { terminal: hasTerminal(container), output: this.containers.logs(container, query, signal) };
  }

  /** @throws BerthError invalidParameter for the keys, conflict if it is paused or restarting */
  attach(reference: string, request: AttachRequest): Attachment {
    const { containers, events } = this.parts;
    const container = checkAttach(() => containers.get(reference), reference, request);
    const parts = {
      logs: containers.logs.bind(containers),
      announce: (of: Container, action: string) => events.publish("container", action, of.id, of.eventAttributes()),
      endWithClient: (of: Container) => containers.endWithClient(of),
    };
    return {
      terminal: hasTerminal(container),
      run: (connection, framed) => attachClient(parts, container, request, framed, connection),
    };
  }

  statPath(reference: string, path: string): Promise<PathStat> {
    return this.parts.files.stat(this.filesOf(reference), path);
  }

  /** The archive of what is at `path`; its iteration must be ended. */
  readArchive(
    reference: string,
    path: string,
  ): Promise<{ stat: PathStat; archive: AsyncIterableIterator<Uint8Array> }> {
    return this.parts.files.read(this.filesOf(reference), path);
  }

  /** Unpacks an archive, compressed or not. */
  writeArchive(reference: string, request: ExtractRequest, archive: AsyncIterable<Uint8Array>): Promise<void> {
    return this.parts.files.write(this.filesOf(reference), request, archive);
  }

  /** The archive of the whole root filesystem; its iteration must be ended. */
  export(reference: string): Promise<AsyncIterableIterator<Uint8Array>> {
    return this.parts.files.export(this.filesOf(reference));
  }

  private filesOf(reference: string): FilesSubject {
    return filesSubjectOf(this.containers.get(reference), reference, this.parts.sources);
  }
}

const hasTerminal = ({ spec }: Container): boolean => spec.config.tty;
