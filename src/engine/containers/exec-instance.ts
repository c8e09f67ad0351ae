// One exec: a further process in a running container, from its creation until long after its end,
// because clients ask for its exit code afterwards.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CreateExecRequest, ExecInspect } from "../../api/exec.ts";
import { attachSocketPath, spawnMonitor } from "../../runtime/conmon.ts";
import type { OciRuntime } from "../../runtime/oci-runtime.ts";
import type { HostFacts } from "../../runtime/spec/host.ts";
import { buildExecProcess } from "../../runtime/spec/process.ts";
import type { OciSpec } from "../../runtime/spec/types.ts";
import { resolveUser } from "../../runtime/spec/user.ts";
import type { ExitWatcher } from "./exit-watcher.ts";
import { explainStartFailure } from "./start-error.ts";
import { Stdio } from "./stdio.ts";

export type ExecLife =
  | { status: "created" }
  | { status: "running"; pid: number; ended: Promise<number> }
  | { status: "ended"; exitCode: number };

/** Where an exec runs. */
export interface ExecHost {
  containerId: string;
  runtime: OciRuntime;
  /** The container's own bundle, whose config.json tells how its process runs. */
  containerBundle: string;
  rootfs: string;
  groupAdd: readonly string[];
  /** The directory under which execs get theirs. */
  execDirectory: string;
  exits: ExitWatcher;
  facts: HostFacts;
}

export class ExecInstance {
  readonly id: string;
  readonly request: CreateExecRequest;
  readonly stdio: Stdio;
  life: ExecLife = { status: "created" };
  private readonly host: ExecHost;

  constructor(id: string, request: CreateExecRequest, host: ExecHost) {
    this.id = id;
    this.request = request;
    this.host = host;
    this.stdio = new Stdio(request.Tty ?? false, host.execDirectory);
  }

  get containerId(): string {
    return this.host.containerId;
  }

  get bundle(): string {
    return join(this.host.execDirectory, this.id);
  }

  /**
   * Starts the process and resolves once it runs; who attached to `stdio` before sees all of its output.
   * @throws BerthError as {@link explainStartFailure} words it; the exec has then ended with that exit code.
   */
  async start(consoleSize?: readonly [number, number]): Promise<void> {
    const { host, request, bundle } = this;
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    const processSpec = join(bundle, "process.json");
    try {
      const spec: OciSpec = JSON.parse(readFileSync(join(host.containerBundle, "config.json"), "utf8"));
      const execProcess = buildExecProcess({
        container: spec.process,
        args: request.Cmd ?? [],
        env: request.Env ?? [],
        workingDirectory: request.WorkingDir ?? "",
        tty: request.Tty ?? false,
        consoleSize,
        privileged: request.Privileged ?? false,
        user: request.User ? resolveUser(host.rootfs, request.User, host.groupAdd) : undefined,
        host: host.facts,
      });
      writeFileSync(processSpec, JSON.stringify(execProcess), { mode: 0o600 });
      const { pid, monitorPid } = await spawnMonitor({
        containerId: host.containerId,
        id: this.id,
        runtime: host.runtime,
        bundle,
        exitDirectory: host.exits.directory,
        terminal: request.Tty ?? false,
        stdin: request.AttachStdin ?? false,
        leaveStdinOpen: request.Tty ?? false,
        exec: { processSpec, beforeStart: () => this.stdio.open(attachSocketPath(bundle)) },
      });
      this.life = { status: "running", pid, ended: this.watch(monitorPid) };
    } catch (thrown) {
      const failure = explainStartFailure(thrown, request.Cmd?.[0] ?? "");
      await this.finish(failure.exitCode);
      throw thrown;
    }
  }

  inspect(): ExecInspect {
    const { request, life } = this;
    const [entrypoint = "", ...words] = request.Cmd ?? [];
    return {
      ID: this.id,
      Running: life.status === "running",
      ExitCode: life.status === "ended" ? life.exitCode : null,
      ProcessConfig: {
        tty: request.Tty ?? false,
        entrypoint,
        arguments: words,
        privileged: request.Privileged ?? false,
        ...(request.User ? { user: request.User } : {}),
      },
      OpenStdin: request.AttachStdin ?? false,
      OpenStderr: request.AttachStderr ?? false,
      OpenStdout: request.AttachStdout ?? false,
      CanRemove: life.status === "ended",
      ContainerID: this.containerId,
      DetachKeys: request.DetachKeys ?? "",
      Pid: life.status === "running" ? life.pid : 0,
    };
  }

  private async watch(monitorPid: number): Promise<number> {
    const exit = await this.host.exits.exitOf(this.id, monitorPid);
    await this.finish(exit.code);
    return exit.code;
  }

  private async finish(exitCode: number): Promise<void> {
    // The exit code is known before the streams end: a client asks for it as soon as they do.
    this.life = { status: "ended", exitCode };
    this.host.exits.clear(this.id);
    await this.stdio.close();
    rmSync(this.bundle, { recursive: true, force: true });
  }
}
