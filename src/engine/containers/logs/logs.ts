// The logs of all containers: storing them during and after runs, and reading them.
import { BerthError, messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import type { Container } from "../container.ts";
import type { LogOnDisk } from "./budget.ts";
import { logAttributes } from "./details.ts";
import { logDriver } from "./drivers.ts";
import { LogForwarders } from "./forwarders.ts";
import { journalFiles } from "./json-file/journal.ts";
import { JsonFileLog } from "./json-file/json-file-log.ts";
import { LogBudget } from "./log-budget.ts";
import { livePathOf } from "./log-paths.ts";
import { MonitorLog } from "./monitor-log.ts";
import { type LogQuery, readLog } from "./reader.ts";
import { RunningLog } from "./running-log.ts";
import type { StoredLog } from "./stored-log.ts";

export interface LogsOptions {
  containers(): Iterable<Container>;
  /** Bytes for all logs together. */
  budget: number;
  dataRoot: string;
  log: Log;
}

export class Logs {
  private readonly options: LogsOptions;
  private readonly forwarders: LogForwarders;
  private readonly budget: LogBudget;
  private readonly stored = new Map<string, StoredLog>();
  private readonly running = new Map<string, RunningLog>();

  constructor(options: LogsOptions) {
    this.options = options;
    this.forwarders = new LogForwarders(options.log);
    this.budget = new LogBudget({
      ...options,
      paths: () => [...options.containers()].flatMap((container) => livePathOf(container) ?? []),
      journals: () => [...options.containers()].filter(isTranscribed).flatMap(({ paths }) => journalFiles(paths.log)),
      discard: (file) => this.discard(file),
      resume: () => {
        for (const running of this.running.values()) running.resume();
      },
    });
  }

  /** Called before a start. @throws StartError when the log cannot be forwarded */
  async connect(container: Container): Promise<void> {
    await this.forwarders.connect(container);
    const log = this.storedOf(container);
    if (!log) return;
    await this.attempt(container, log instanceof JsonFileLog ? log.open() : log.trim());
    const running = this.runningOf(container, log);
    // With a connection of the daemon's own, the input of such a process would end with the daemon.
    if (!container.stdinEndsWithClient) running.pace();
  }

  /** Called when the process runs, started by this daemon or an earlier one. */
  begin(container: Container): void {
    const log = this.storedOf(container);
    if (log) {
      const running = this.runningOf(container, log);
      // The process may have written fast while no daemon ran.
      const isLong = log.pressure() === "full" || log.monitorSize() > log.limits.maxSize;
      if (isLong && !container.stdinEndsWithClient) running.pace();
      running.begin();
    }
    this.forwarders.begin(container);
  }

  /** Called when the monitor has exited or never existed: resolves when its output is stored. Never rejects. */
  async end(container: Container): Promise<void> {
    this.running.get(container.id)?.stop();
    this.running.delete(container.id);
    const log = this.storedOf(container);
    if (!log) return;
    const size = log.size();
    await this.attempt(container, log.end());
    this.budget.grew(log.size() - size);
    await this.attempt(container, log.close());
    this.stored.delete(container.id);
    this.forwarders.finish(container);
  }

  /** For a stopped container: stores what an earlier daemon did not. Never rejects. */
  async recover(container: Container): Promise<void> {
    if ((this.storedOf(container)?.monitorSize() ?? 0) > 0) await this.end(container);
    this.stored.delete(container.id);
  }

  /**
   * The selected log in the client's encoding; aborting `signal` stops following.
   * @throws BerthError notImplemented for a driver without local storage
   */
  read(container: Container, query: Omit<LogQuery, "terminal">, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const log = this.storedOf(container);
    if (!log) throw new BerthError("notImplemented", "configured logging driver does not support reading");
    const ended = container.isRunning ? container.nextExit(signal).then(() => {}) : Promise.resolve();
    const terminal = container.spec.config.tty;
    return this.readStored(container, log, { ...query, terminal }, ended, signal);
  }

  stop(): void {
    this.budget.stop();
    this.forwarders.stop();
    for (const running of this.running.values()) running.stop();
  }

  private async *readStored(
    container: Container,
    log: StoredLog,
    query: LogQuery,
    ended: Promise<void>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const release = query.pieces ? log.storePieces() : undefined;
    try {
      if (this.running.has(container.id)) await log.catchUp();
      else if (log.monitorSize() > 0) await log.end();
      yield* readLog(log.path, log.format, query, ended, signal);
    } finally {
      release?.();
    }
  }

  private storedOf(container: Container): StoredLog | undefined {
    const known = this.stored.get(container.id);
    if (known) return known;
    const { spec, paths } = container;
    const { driver: name, options } = spec.hostConfig.log;
    const driver = logDriver(name);
    if (driver.storage === "none") return undefined;
    const isRunning = () => this.running.has(container.id);
    const resume = () => this.running.get(container.id)?.resume();
    const limits = driver.limits(options);
    const log =
      driver.storage === "monitor"
        ? new MonitorLog(paths.log, limits, paths.bundle, isRunning, resume)
        : new JsonFileLog({
            path: paths.jsonLog,
            journal: paths.log,
            limits,
            attributes: attributesOf(container),
            bundle: paths.bundle,
            isRunning,
            resume,
          });
    this.stored.set(container.id, log);
    return log;
  }

  private runningOf(container: Container, log: StoredLog): RunningLog {
    const known = this.running.get(container.id);
    if (known) return known;
    const running = new RunningLog(log, {
      file: container.paths.log,
      output: container.stdio,
      mustHold: () => this.budget.mustHold(),
      grew: (bytes) => this.budget.grew(bytes),
      failed: (thrown) => this.warn(container, thrown),
    });
    this.running.set(container.id, running);
    return running;
  }

  private async discard({ path, log }: LogOnDisk): Promise<void> {
    for (const container of this.options.containers()) {
      if (livePathOf(container) === log) await this.storedOf(container)?.discard(path);
    }
  }

  /** A log that cannot be written must not fail a start or the handling of an exit. */
  private async attempt(container: Container, work: Promise<void>): Promise<void> {
    await work.catch((thrown: unknown) => this.warn(container, thrown));
  }

  private warn({ id, isRemoved }: Container, thrown: unknown): void {
    if (!isRemoved)
      this.options.log.warn("failed to store a container's log", { container: id, reason: messageOf(thrown) });
  }
}

/** Whether the monitor's file is only the journal of the log. */
const isTranscribed = (container: Container): boolean => livePathOf(container) !== container.paths.log;

function attributesOf({ spec }: Container): string {
  const attributes = logAttributes(spec);
  return attributes.length === 0 ? "" : goJson(Object.fromEntries(attributes));
}

/** Encodes as Go does: HTML characters are escaped. */
function goJson(value: Record<string, string>): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, escaped);
}
