// The daemon's side of any worker: a process of this executable, started with one job as JSON.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BerthError, type ErrorKind, messageOf, statusOfKind } from "../../api/errors.ts";

export type WorkerKind = "storage" | "files" | "build";

const SELF = "/proc/self/exe";
/** How many characters of a worker's standard error are kept for its error message. */
const COMPLAINT_LENGTH = 2000;

/**
 * The command that starts this executable again: itself when compiled, otherwise Bun and its main file. Not by path,
 * because an upgrade may have replaced the file.
 */
function ownCommand(): [program: string, ...arguments: string[]] {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return isCompiled ? [SELF] : [process.execPath, fileURLToPath(new URL("../../main.ts", import.meta.url))];
}

export interface WorkerOptions {
  /** stdio; the third is a pipe because standard error explains a worker's failure. */
  stdio: StdioOptions;
  /** Aborting kills the worker. */
  signal?: AbortSignal | undefined;
}

export class WorkerChild {
  readonly process: ChildProcess;
  /** Resolves with the exit code when the process has exited, or at once if it never started. */
  readonly ended: Promise<number | null>;
  /** The error of starting or killing the process; the signal's reason when aborted. */
  failure: unknown;
  private readonly kind: WorkerKind;
  private stderrTail = "";

  constructor(kind: WorkerKind, job: object, { stdio, signal }: WorkerOptions) {
    this.kind = kind;
    const [program, ...first] = ownCommand();
    this.process = spawn(program, [...first, `${kind}-worker`, JSON.stringify(job)], {
      stdio,
      signal,
      killSignal: "SIGKILL",
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.stderrTail = (this.stderrTail + chunk.toString()).slice(-COMPLAINT_LENGTH);
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

  /** The error of a worker that exited without a final message. */
  async unexpectedEnd(): Promise<BerthError> {
    const code = await this.ended;
    return new BerthError("internal", `a ${this.kind} worker ended with status ${code}: ${this.stderrTail.trim()}`);
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }
}

/** The error in a worker's final message. */
export function reportedError({ kind, message }: { kind: string; message: string }): BerthError {
  return new BerthError(isErrorKind(kind) ? kind : "internal", message);
}

function isErrorKind(name: string): name is ErrorKind {
  return Object.hasOwn(statusOfKind, name);
}
