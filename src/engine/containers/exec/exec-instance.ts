// One exec: an additional process in a running container. It is kept after its end, because clients ask for its exit code
// then.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import type { ProcessIdentity } from "../../../linux/process.ts";
import { attachSocketPath, startMonitor, type WaitingMonitor } from "../../../runtime/conmon.ts";
import type { OciRuntime } from "../../../runtime/oci-runtime.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { buildExecProcess } from "../../../runtime/spec/process.ts";
import { type OciSpec, serializeOci } from "../../../runtime/spec/types.ts";
import { resolveUser } from "../../../runtime/spec/user.ts";
import type { SyncPipe } from "../../../runtime/sync-pipe.ts";
import type { RuntimeCalls } from "../lifecycle/runtime-calls.ts";
import { startError } from "../lifecycle/start-error.ts";
import { isHeldOpen, outputsOf } from "../streams/held-output.ts";
import { Stdio } from "../streams/stdio.ts";

/** What a client asks for. */
export interface ExecRequest {
  /** The program and its arguments. */
  command: readonly string[];
  /** Each "name=value", added to the container's. */
  env: readonly string[];
  /** "name", "uid" or "name:group"; "" is the container's. */
  user: string;
  /** "" is the container's. */
  workingDir: string;
  tty: boolean;
  privileged: boolean;
  attachStdin: boolean;
  attachStdout: boolean;
  attachStderr: boolean;
  /** As the client has them; "" is the default sequence. */
  detachKeys: string;
  /** Rows and columns of the terminal, unless its start says otherwise. */
  consoleSize?: readonly [number, number] | undefined;
}

/** What is known of an exec. */
export interface InspectedExec {
  id: string;
  containerId: string;
  request: ExecRequest;
  life: ExecLife;
}

export type ExecLife =
  | { status: "created" }
  | { status: "running"; process: ProcessIdentity; ended: Promise<number> }
  /** `pid`: which it had; 0 if it could not be started. */
  | { status: "ended"; pid: number; exitCode: number; outputTruncated: boolean };

/** The exit code of a process whose monitor was killed. */
const MONITOR_LOST_CODE = 137;

/** The prefix by which Docker's clients recognize a failed exec. */
const EXEC_PREFIX = "OCI runtime exec failed: exec failed: ";
const START_PREFIX = `${EXEC_PREFIX}unable to start container process: `;

/** The exit code of an exec that could not be started, unless the reason implies another. */
const FAILED_START_CODE = 126;

/** Where an exec runs. */
export interface ExecHost {
  containerId: string;
  runtime: OciRuntime;
  /** The container's bundle, whose config.json has the settings of its main process. */
  containerBundle: string;
  rootfs: string;
  groupAdd: readonly string[];
  /** The directory below which each exec has its own. */
  execDirectory: string;
  /** Where output for slow clients is buffered on disk. */
  spillDirectory: string;
  facts: HostFacts;
  /** Tracks the calls of the runtime for the container. */
  calls: RuntimeCalls;
  /** The processes in the container, in the host's numbering. */
  processes(): number[];
}

export class ExecInstance implements InspectedExec {
  readonly id: string;
  readonly request: ExecRequest;
  readonly stdio: Stdio;
  life: ExecLife = { status: "created" };
  private readonly host: ExecHost;

  constructor(id: string, request: ExecRequest, host: ExecHost) {
    this.id = id;
    this.request = request;
    this.host = host;
    this.stdio = new Stdio(!request.tty, host.spillDirectory);
  }

  get containerId(): string {
    return this.host.containerId;
  }

  get bundle(): string {
    return join(this.host.execDirectory, this.id);
  }

  /**
   * Starts the process and resolves once it runs, with a promise of its exit code; a short one may have ended by then.
   * Clients that attached to `stdio` before see all of its output.
   * @throws StartError; the exec has then ended with its exit code
   */
  async start(consoleSize?: readonly [number, number]): Promise<{ ended: Promise<number> }> {
    const { host, request, bundle } = this;
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    const processSpec = join(bundle, "process.json");
    let waiting: WaitingMonitor | undefined;
    try {
      requireAbsolute(request.workingDir);
      waiting = startMonitor({
        containerId: host.containerId,
        id: this.id,
        runtime: host.runtime,
        bundle,
        terminal: request.tty,
        stdin: request.attachStdin,
        leaveStdinOpen: request.tty,
        exec: { processSpec, beforeStart: () => this.stdio.open(attachSocketPath(bundle)) },
      });
      const spec: OciSpec = JSON.parse(readFileSync(join(host.containerBundle, "config.json"), "utf8"));
      const execProcess = buildExecProcess({
        container: spec.process,
        args: request.command,
        env: request.env,
        workingDirectory: request.workingDir,
        tty: request.tty,
        consoleSize,
        privileged: request.privileged,
        user: request.user === "" ? undefined : resolveUser(host.rootfs, request.user, host.groupAdd),
        host: host.facts,
      });
      writeFileSync(processSpec, serializeOci(execProcess), { mode: 0o600 });
      const monitor = waiting.create();
      waiting = undefined;
      const { process, reports } = await host.calls.track("exec", () => monitor);
      const ended = this.watch(reports, outputsOf(process.pid));
      this.life = { status: "running", process, ended };
      return { ended };
    } catch (thrown) {
      waiting?.abandon();
      const failure = startError(thrown, request.command[0] ?? "", START_PREFIX, FAILED_START_CODE);
      await this.finish(failure.exitCode, false);
      throw failure;
    }
  }

  /** Of an exec that has been started: resolves when it has ended. */
  exitCode(): Promise<number> {
    const { life } = this;
    if (life.status === "created") return Promise.reject(new Error(`exec ${this.id} has not been started`));
    return life.status === "running" ? life.ended : Promise.resolve(life.exitCode);
  }

  private async watch(reports: SyncPipe, outputs: readonly string[]): Promise<number> {
    const exitCode = (await reports.next())?.data ?? MONITOR_LOST_CODE;
    reports.close();
    await this.finish(exitCode, isHeldOpen(outputs, this.host.processes()));
    return exitCode;
  }

  private async finish(exitCode: number, outputTruncated: boolean): Promise<void> {
    // Set before the streams end, because clients ask for the exit code as soon as they do.
    const pid = this.life.status === "running" ? this.life.process.pid : 0;
    this.life = { status: "ended", pid, exitCode, outputTruncated };
    await this.stdio.close();
    rmSync(this.bundle, { recursive: true, force: true });
  }
}

/** crun would run it below the root; runc, whose words these are, refuses it. */
function requireAbsolute(workingDirectory: string): void {
  if (workingDirectory === "" || workingDirectory.startsWith("/")) return;
  throw new BerthError("invalidParameter", `${EXEC_PREFIX}Cwd must be an absolute path`);
}
