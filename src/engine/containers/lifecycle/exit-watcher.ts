// Watches for the end of monitored processes: the monitor then writes a file with the exit code, named after the
// container, into one directory. Also notices a monitor that died without writing one, and one that is stopped.
import { mkdirSync, readFileSync, rmSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { formatTimestamp, timestampNow } from "../../../api/time.ts";
import { isErrno } from "../../../linux/errno.ts";
import { type ProcessIdentity, stateOfProcess } from "../../../linux/process.ts";

/** How often monitors are checked; only a killed or stopped one is ever noticed this way. */
const CHECK_INTERVAL_MILLISECONDS = 2_000;

export interface ObservedExit {
  code: number;
  /** RFC 3339. */
  finishedAt: string;
  /** Whether the monitor died, and the exit code is not known. */
  monitorLost: boolean;
}

interface Watched {
  monitor: ProcessIdentity;
  /** Since when the monitor has been stopped by a signal, RFC 3339. */
  stoppedSince?: string;
  resolve(exit: ObservedExit): void;
}

/** The exit code when the process exit was missed. */
const UNKNOWN_EXIT_CODE = 137;

export class ExitWatcher {
  readonly directory: string;
  private readonly watched = new Map<string, Watched>();
  private readonly watcher: ReturnType<typeof watch>;
  private readonly timer: Timer;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.directory = directory;
    this.watcher = watch(directory, (_event, name) => {
      if (typeof name === "string") this.look(name);
    });
    this.timer = setInterval(() => this.checkMonitors(), CHECK_INTERVAL_MILLISECONDS);
  }

  /** Resolves when the process of this ID has ended, also when that was before the call. */
  exitOf(id: string, monitor: ProcessIdentity): Promise<ObservedExit> {
    return new Promise((resolve) => {
      this.watched.set(id, { monitor, resolve });
      this.look(id);
    });
  }

  /** The exit of the process with this ID, after its monitor has ended. */
  pastExitOf(id: string): ObservedExit {
    return this.readExit(id) ?? { code: UNKNOWN_EXIT_CODE, finishedAt: timestampNow(), monitorLost: true };
  }

  /** Since when the monitor of this ID has been stopped by a signal, RFC 3339. */
  monitorStoppedSince(id: string): string | undefined {
    return this.watched.get(id)?.stoppedSince;
  }

  /** Forgets an ID's earlier exit before the process is started again. */
  clear(id: string): void {
    rmSync(join(this.directory, id), { force: true });
  }

  stop(): void {
    this.watcher.close();
    clearInterval(this.timer);
  }

  private look(id: string): void {
    const watched = this.watched.get(id);
    const exit = watched && this.readExit(id);
    if (!exit) return;
    this.watched.delete(id);
    watched.resolve(exit);
  }

  private readExit(id: string): ObservedExit | undefined {
    const path = join(this.directory, id);
    try {
      const code = Number(readFileSync(path, "utf8"));
      return { code, finishedAt: formatTimestamp(statSync(path, { bigint: true }).mtimeNs), monitorLost: false };
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT")) return undefined;
      throw thrown;
    }
  }

  private checkMonitors(): void {
    for (const [id, watched] of this.watched) {
      const state = stateOfProcess(watched.monitor);
      if (state === undefined) {
        this.watched.delete(id);
        watched.resolve(this.pastExitOf(id));
      } else if (state === "stopped") {
        watched.stoppedSince ??= timestampNow();
      } else {
        delete watched.stoppedSince;
      }
    }
  }
}
