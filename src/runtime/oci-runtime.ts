// An OCI runtime (crun, runc or any other): the operations of the runtime specification as calls of the program.
import { RuntimeError } from "./runtime-error.ts";
import { type OciLimits, serializeOci } from "./spec/types.ts";

/** Every call only reads state, sends a signal or writes a file: one that takes longer than this hangs. */
const DEADLINE_MILLISECONDS = 10_000;

export class OciRuntime {
  readonly name: string;
  /** The program's absolute path. */
  readonly path: string;
  /** The arguments before the command: the runtime's state directory, and the user's arguments. */
  readonly globalArguments: string[];
  /** Whether it accepts a compiled seccomp program instead of the profile. */
  readonly takesSeccompProgram: boolean = false;
  /** Whether it reads config.json from its beginning to its end, so that it may be a FIFO. */
  readonly readsConfigFromPipe: boolean = false;
  /** Whether it writes what fails on a process's terminal, once that has one, where nobody reads it. */
  readonly failsOnTerminal: boolean = false;
  protected readonly stateDirectory: string;

  constructor(name: string, path: string, stateDirectory: string, extraArguments: string[] = []) {
    this.name = name;
    this.path = path;
    this.stateDirectory = stateDirectory;
    this.globalArguments = ["--root", stateDirectory, ...extraArguments];
  }

  start(id: string, signal?: AbortSignal): Promise<void> {
    return this.run(["start", id], signal);
  }

  pause(id: string, signal?: AbortSignal): Promise<void> {
    return this.run(["pause", id], signal);
  }

  resume(id: string, signal?: AbortSignal): Promise<void> {
    return this.run(["resume", id], signal);
  }

  /** Applies changed limits. */
  update(id: string, limits: OciLimits, signal?: AbortSignal): Promise<void> {
    return this.run(["update", "--resources", "/dev/stdin", id], signal, serializeOci(limits));
  }

  /** Kills what still runs in the container's cgroup and removes the cgroup and the runtime's state. */
  delete(id: string, signal?: AbortSignal): Promise<void> {
    return this.run(["delete", "--force", id], signal);
  }

  /** @throws RuntimeError with the program's own message. */
  private async run(parameters: string[], signal: AbortSignal | undefined, input = ""): Promise<void> {
    const child = Bun.spawn([this.path, ...this.globalArguments, ...parameters], {
      // Runtimes would pass NOTIFY_SOCKET and LISTEN_FDS, which are the daemon's, on to the container.
      env: { PATH: process.env.PATH ?? "" },
      stdio: [Buffer.from(input), "ignore", "pipe"],
      timeout: DEADLINE_MILLISECONDS,
      killSignal: "SIGKILL",
      signal,
    });
    const [complaint, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    if (code === 0) return;
    const [verb] = parameters;
    const reason = complaint.trim() || (child.signalCode ? `ended by ${child.signalCode}` : `exit status ${code}`);
    throw new RuntimeError(`OCI runtime ${this.name} ${verb} failed: ${reason}`);
  }
}
