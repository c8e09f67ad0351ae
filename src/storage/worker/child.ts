// The daemon's side of a worker of any kind: a process of this executable that is started with one job as JSON.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BerthError, type ErrorKind, messageOf, statusOfKind } from "../../api/errors.ts";

export type WorkerKind = "storage" | "files" | "build";

const SELF = "/proc/self/exe";
/** Characters of a worker's standard error that are kept for the message about its end. */
const COMPLAINT_LENGTH = 2000;

/**
 * The command that starts this executable again: itself when compiled, Bun and its main file otherwise. Not by its path,
 * where an upgrade may have put another one since.
 */
function ownCommand(): [program: string, ...arguments: string[]] {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return isCompiled ? [SELF] : [process.execPath, fileURLToPath(new URL("../../main.ts", import.meta.url))];
}

export interface WorkerOptions {
  /** The third is a pipe: what a worker writes to its standard error explains its end. */
  stdio: StdioOptions;
  /** When it is aborted the worker is killed. */
  signal?: AbortSignal | undefined;
}

export class WorkerChild {
  readonly process: ChildProcess;
  /** Resolves with the exit code when the process is gone, and at once when it was never there. */
  readonly ended: Promise<number | null>;
  /** What starting or killing the process failed with; the reason of the signal when that was aborted. */
  failure: unknown;
  private readonly kind: WorkerKind;
  private complaint = "";

  constructor(kind: WorkerKind, job: object, { stdio, signal }: WorkerOptions) {
    this.kind = kind;
    const [program, ...first] = ownCommand();
    this.process = spawn(program, [...first, `${kind}-worker`, JSON.stringify(job)], {
      stdio,
      signal,
      killSignal: "SIGKILL",
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString()).slice(-COMPLAINT_LENGTH);
    });
    this.ended = new Promise((resolve) => {
      this.process.once("error", (thrown) => {
        this.failure = thrown;
        if (this.process.pid === undefined) resolve(null);
      });
      this.process.once("close", resolve);
    });
  }

  /** @throws BerthError when the process could not be started */
  async started(): Promise<void> {
    if (this.process.pid !== undefined) return;
    await this.ended;
    throw this.notStarted();
  }

  notStarted(): BerthError {
    const reason = messageOf(this.failure ?? "no process");
    return new BerthError("internal", `a worker cannot be started: ${reason}`, this.failure);
  }

  /** The error of a worker that ended without its last message. */
  async unexpectedEnd(): Promise<BerthError> {
    const code = await this.ended;
    return new BerthError("internal", `a ${this.kind} worker ended with status ${code}: ${this.complaint.trim()}`);
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }
}

/** The error that a worker's last message reports. */
export function reportedError({ kind, message }: { kind: string; message: string }): BerthError {
  return new BerthError(isErrorKind(kind) ? kind : "internal", message);
}

function isErrorKind(name: string): name is ErrorKind {
  return Object.hasOwn(statusOfKind, name);
}
