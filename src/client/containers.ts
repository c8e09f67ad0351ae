// Calls for containers.

import type { CreateContainerRequest, UpdateContainerRequest } from "../api/container-requests.ts";
import type { ContainerStats } from "../api/container-stats.ts";
import type {
  ContainerInspect,
  ContainerSummary,
  CreateContainerAnswer,
  FilesystemChange,
  PathStat,
  PruneContainersAnswer,
  TopAnswer,
  WaitAnswer,
} from "../api/containers.ts";
import type { PrunePlan } from "../api/prune.ts";
import type { RunCondition, WaitCondition } from "../api/waiting.ts";
import { type AttachStream, attachStream } from "./attach.ts";
import type { Connection } from "./connection.ts";
import type { Filters } from "./query.ts";
import { readRun, type StartedRun } from "./runs.ts";
import { type Bytes, type Frame, frames } from "./streams.ts";

export interface ListContainersOptions {
  all?: boolean | undefined;
  /** Only this many of the newest, in any state. */
  limit?: number | undefined;
  size?: boolean | undefined;
  filters?: Filters | undefined;
}

export interface LogsOptions {
  follow?: boolean | undefined;
  stdout?: boolean | undefined;
  stderr?: boolean | undefined;
  timestamps?: boolean | undefined;
  details?: boolean | undefined;
  /** Seconds since 1970, with decimals; or RFC 3339. */
  since?: string | undefined;
  until?: string | undefined;
  /** A number of lines, or "all". */
  tail?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface CreateOptions {
  name?: string | undefined;
  /** "os[/architecture[/variant]]" */
  platform?: string | undefined;
}

export interface AttachOptions {
  stdin?: boolean | undefined;
  stdout?: boolean | undefined;
  stderr?: boolean | undefined;
  /** Also the log so far. */
  logs?: boolean | undefined;
  detachKeys?: string | undefined;
  /** Berth extension: stop the container if this connection ends first. */
  endsWithClient?: boolean | undefined;
}

export interface StopOptions {
  signal?: string | undefined;
  /** Seconds until SIGKILL; -1 means no limit. */
  timeout?: number | undefined;
}

const MULTIPLEXED = "application/vnd.docker.multiplexed-stream";

const pathOf = (container: string): string => `/containers/${encodeURIComponent(container)}`;

/** Reads `X-Docker-Container-Path-Stat`. */
function decodePathStat(response: Response): PathStat {
  const header = response.headers.get("x-docker-container-path-stat") ?? "";
  const stat: PathStat = JSON.parse(Buffer.from(header, "base64").toString());
  return stat;
}

export class Containers {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(options: ListContainersOptions = {}): Promise<ContainerSummary[]> {
    const { all, limit, size, filters } = options;
    return this.#connection.json("GET", "/containers/json", { query: { all, limit, size, filters } });
  }

  create(request: CreateContainerRequest, options: CreateOptions = {}): Promise<CreateContainerAnswer> {
    const query = { name: options.name || undefined, platform: options.platform || undefined };
    return this.#connection.json("POST", "/containers/create", { query, json: request });
  }

  /**
   * Berth extension: creates, attaches, starts and waits in one request. Resolves once the container is created.
   * @throws ApiError 404 "page not found" from any other engine
   */
  async run(
    request: CreateContainerRequest,
    options: CreateOptions & Omit<AttachOptions, "logs"> & { until: RunCondition },
  ): Promise<StartedRun> {
    const { name, platform, detachKeys, ...rest } = options;
    const query = {
      ...rest,
      name: name || undefined,
      platform: platform || undefined,
      detachKeys: detachKeys || undefined,
      stream: true,
    };
    return readRun(await this.#connection.hijack("POST", "/berth/run", { query, json: request }));
  }

  inspect(container: string, options: { size?: boolean } = {}): Promise<ContainerInspect> {
    return this.#connection.json("GET", `${pathOf(container)}/json`, { query: { size: options.size } });
  }

  /** The engine's JSON unchanged. */
  inspectText(container: string, options: { size?: boolean } = {}): Promise<string> {
    return this.#connection.text("GET", `${pathOf(container)}/json`, { query: { size: options.size } });
  }

  /** `psArguments` are passed to ps(1). */
  top(container: string, psArguments: string[] = []): Promise<TopAnswer> {
    const query = { ps_args: psArguments.length === 0 ? undefined : psArguments.join(" ") };
    return this.#connection.json("GET", `${pathOf(container)}/top`, { query });
  }

  /** The log unchanged: frames, or with a terminal plain bytes. */
  logBytes(container: string, options: LogsOptions = {}): Bytes {
    const { signal, stdout = true, stderr = true, ...rest } = options;
    const query = { ...rest, stdout, stderr };
    return this.#connection.bytes("GET", `${pathOf(container)}/logs`, { query, signal });
  }

  /** The log by stream; with a terminal everything is stream 1. */
  async *logs(container: string, options: LogsOptions = {}): AsyncGenerator<Frame> {
    const { Config } = await this.inspect(container);
    const bytes = this.logBytes(container, options);
    if (!Config.Tty) yield* frames(bytes);
    else for await (const payload of bytes) yield { stream: 1, payload };
  }

  changes(container: string): Promise<FilesystemChange[] | null> {
    return this.#connection.json("GET", `${pathOf(container)}/changes`);
  }

  /** The whole filesystem as a tar archive. */
  export(container: string, signal?: AbortSignal): Bytes {
    return this.#connection.bytes("GET", `${pathOf(container)}/export`, { signal });
  }

  /** A sample about every second until aborted. */
  stats(container: string, signal?: AbortSignal): AsyncGenerator<ContainerStats> {
    return this.#connection.lines("GET", `${pathOf(container)}/stats`, { query: { stream: "1" }, signal });
  }

  /** One sample and the one before it; with `oneShot` without the latter. */
  statsOnce(container: string, options: { oneShot?: boolean } = {}): Promise<ContainerStats> {
    const query = { stream: "0", "one-shot": options.oneShot };
    return this.#connection.json("GET", `${pathOf(container)}/stats`, { query });
  }

  resize(container: string, rows: number, columns: number): Promise<void> {
    return this.#connection.done("POST", `${pathOf(container)}/resize`, { query: { h: rows, w: columns } });
  }

  start(container: string, options: { detachKeys?: string | undefined } = {}): Promise<void> {
    const query = { detachKeys: options.detachKeys || undefined };
    return this.#connection.done("POST", `${pathOf(container)}/start`, { query });
  }

  stop(container: string, options: StopOptions = {}): Promise<void> {
    const query = { signal: options.signal || undefined, t: options.timeout };
    return this.#connection.done("POST", `${pathOf(container)}/stop`, { query });
  }

  restart(container: string, options: StopOptions = {}): Promise<void> {
    const query = { signal: options.signal || undefined, t: options.timeout };
    return this.#connection.done("POST", `${pathOf(container)}/restart`, { query });
  }

  kill(container: string, signal?: string): Promise<void> {
    return this.#connection.done("POST", `${pathOf(container)}/kill`, { query: { signal: signal || undefined } });
  }

  update(container: string, request: UpdateContainerRequest): Promise<{ Warnings: string[] | null }> {
    return this.#connection.json("POST", `${pathOf(container)}/update`, { json: request });
  }

  rename(container: string, name: string): Promise<void> {
    return this.#connection.done("POST", `${pathOf(container)}/rename`, { query: { name } });
  }

  pause(container: string): Promise<void> {
    return this.#connection.done("POST", `${pathOf(container)}/pause`);
  }

  unpause(container: string): Promise<void> {
    return this.#connection.done("POST", `${pathOf(container)}/unpause`);
  }

  /** Resolves when the engine has hijacked the connection; `tty` says how to read its output. */
  async attach(container: string, tty: boolean, options: AttachOptions = {}): Promise<AttachStream> {
    const { stdin, stdout = true, stderr = true, logs, endsWithClient } = options;
    const detachKeys = options.detachKeys || undefined;
    const query = { stream: true, stdin, stdout, stderr, logs, detachKeys, endsWithClient };
    const raw = await this.#connection.hijack("POST", `${pathOf(container)}/attach`, { query });
    return attachStream(raw, !tty || raw.contentType === MULTIPLEXED);
  }

  /**
   * Resolves once the engine waits; `result` is then the end. "healthy" is a Berth extension: it ends at the first
   * successful health check, with status 1 if there will be none.
   */
  async waiting(
    container: string,
    condition?: WaitCondition,
    signal?: AbortSignal,
  ): Promise<{ result: Promise<WaitAnswer> }> {
    const response = await this.#connection.send("POST", `${pathOf(container)}/wait`, { query: { condition }, signal });
    const read = async (): Promise<WaitAnswer> => {
      let text = "";
      const decoder = new TextDecoder();
      for await (const chunk of this.#connection.body(response)) text += decoder.decode(chunk, { stream: true });
      const answer: WaitAnswer = JSON.parse(text);
      return answer;
    };
    return { result: read() };
  }

  async wait(container: string, condition?: WaitCondition, signal?: AbortSignal): Promise<WaitAnswer> {
    const { result } = await this.waiting(container, condition, signal);
    return result;
  }

  remove(container: string, options: { volumes?: boolean; link?: boolean; force?: boolean } = {}): Promise<void> {
    const query = { v: options.volumes, link: options.link, force: options.force };
    return this.#connection.done("DELETE", pathOf(container), { query });
  }

  prune(filters?: Filters): Promise<PruneContainersAnswer> {
    return this.#connection.json("POST", "/containers/prune", { query: { filters } });
  }

  /** Berth extension: what a prune with these filters would remove; nothing is removed. */
  planPrune(filters?: Filters): Promise<PrunePlan> {
    return this.#connection.json("POST", "/containers/prune", { query: { filters, dryRun: true } });
  }

  /** Berth extension: carries out a plan, skipping what has changed since. */
  applyPrune(planId: string): Promise<PruneContainersAnswer> {
    return this.#connection.json("POST", "/containers/prune", { query: { plan: planId } });
  }

  async statPath(container: string, path: string): Promise<PathStat> {
    const response = await this.#connection.send("HEAD", `${pathOf(container)}/archive`, { query: { path } });
    return decodePathStat(response);
  }

  /** A file or directory as a tar archive, and its metadata. */
  async getArchive(container: string, path: string): Promise<{ stat: PathStat; archive: Bytes }> {
    const response = await this.#connection.send("GET", `${pathOf(container)}/archive`, { query: { path } });
    return { stat: decodePathStat(response), archive: this.#connection.body(response) };
  }

  /** Unpacks a tar archive into the directory `path`. */
  putArchive(
    container: string,
    path: string,
    archive: ReadableStream<Uint8Array>,
    options: { noOverwriteDirNonDir?: boolean; copyUidGid?: boolean } = {},
  ): Promise<void> {
    const query = {
      path,
      noOverwriteDirNonDir: options.noOverwriteDirNonDir ? "true" : undefined,
      copyUIDGID: options.copyUidGid ? "true" : undefined,
    };
    const contentType = "application/x-tar";
    return this.#connection.done("PUT", `${pathOf(container)}/archive`, { query, body: archive, contentType });
  }
}
