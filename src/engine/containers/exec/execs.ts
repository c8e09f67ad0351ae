// Every exec the engine knows of: made, started, asked for until its container is gone.
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import type { CreateExecRequest } from "../../../api/exec.ts";
import { resizeTerminal } from "../../../runtime/terminal-control.ts";
import type { Container } from "../container.ts";
import type { ContainerDependencies } from "../dependencies.ts";
import type { ProbeOutcome } from "../health/monitor.ts";
import { parseDetachKeys } from "../streams/detach-keys.ts";
import type { StdioClient } from "../streams/stdio.ts";
import { ExecInstance } from "./exec-instance.ts";

const KEPT_ENDED_EXECS = 100;
const PROBE_OUTPUT_LENGTH = 4096;

export interface ExecsHost extends ContainerDependencies {
  get(reference: string): Container;
}

export class Execs {
  private readonly host: ExecsHost;
  private readonly directory: string;
  private readonly byId = new Map<string, ExecInstance>();

  constructor(host: ExecsHost) {
    this.host = host;
    this.directory = join(host.config.execRoot, "execs");
    // Execs of a daemon before this one run on, but nobody can ask for them any more.
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
  }

  /** @throws BerthError conflict when the container does not run or is paused. */
  create(container: Container, request: CreateExecRequest): ExecInstance {
    const { life } = container.state;
    if (life.status === "paused") {
      throw new BerthError("conflict", `Container ${container.id} is paused, unpause the container before exec`);
    }
    if (life.status === "restarting") {
      throw new BerthError("conflict", `Container ${container.id} is restarting, wait until the container is running`);
    }
    if (life.status !== "running") throw new BerthError("conflict", `container ${container.id} is not running`);
    if (!request.Cmd?.length) throw new BerthError("invalidParameter", "No exec command specified");
    parseDetachKeys(request.DetachKeys ?? "");
    const exec = new ExecInstance(randomBytes(32).toString("hex"), request, {
      containerId: container.id,
      runtime: container.runtime,
      containerBundle: container.paths.bundle,
      rootfs: container.paths.rootfs,
      groupAdd: container.spec.hostConfig.GroupAdd ?? [],
      execDirectory: this.directory,
      facts: this.host.host,
    });
    this.byId.set(exec.id, exec);
    container.execs.set(exec.id, exec);
    this.publish(container, exec, `exec_create: ${request.Cmd.join(" ")}`);
    return exec;
  }

  /** @throws BerthError notFound */
  get(id: string): ExecInstance {
    const exec = this.byId.get(id);
    if (!exec) throw new BerthError("notFound", `No such exec instance: ${id}`);
    return exec;
  }

  /** Starts it. Its end is announced as an event, whoever waits or not. @throws BerthError */
  async start(exec: ExecInstance, consoleSize?: readonly [number, number]): Promise<void> {
    const container = this.host.get(exec.containerId);
    this.checkStartable(exec, container);
    const words = (exec.request.Cmd ?? []).join(" ");
    this.publish(container, exec, `exec_start: ${words}`);
    try {
      await exec.start(consoleSize);
    } catch (thrown) {
      this.forgetOldest(container);
      throw thrown;
    }
    if (exec.life.status !== "running") return;
    void exec.life.ended.then((exitCode) => {
      this.publish(container, exec, "exec_die", { exitCode: String(exitCode) });
      this.forgetOldest(container);
    });
  }

  /** @throws BerthError conflict, as before a start: already started, or the container cannot run it now. */
  checkStartable(exec: ExecInstance, container = this.host.get(exec.containerId)): void {
    if (exec.life.status !== "created") {
      throw new BerthError("conflict", `Error: Exec command ${exec.id} has already run`);
    }
    if (container.state.life.status === "paused") {
      throw new BerthError("conflict", `Container ${container.id} is paused, unpause the container before exec`);
    }
    if (!container.isRunning) throw new BerthError("conflict", `container ${container.id} is not running`);
  }

  resize(exec: ExecInstance, height: number, width: number): void {
    if (!resizeTerminal(exec.bundle, height, width)) {
      throw new BerthError("conflict", `exec ${exec.id} is not running`);
    }
  }

  /** Runs a health probe and ends it when it takes too long. */
  async probe(container: Container, words: string[], timeoutMilliseconds: number): Promise<ProbeOutcome> {
    const exec = this.create(container, { Cmd: words, AttachStdout: true, AttachStderr: true });
    const client = await exec.stdio.attach({ stdout: true, stderr: true });
    const output = beginningOf(client);
    try {
      await this.start(exec);
      const { life } = exec;
      if (life.status !== "running") {
        return { exitCode: life.status === "ended" ? life.exitCode : -1, output: await output };
      }
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        process.kill(life.pid, "SIGKILL");
      }, timeoutMilliseconds);
      const exitCode = await life.ended;
      clearTimeout(timer);
      if (!late) return { exitCode, output: await output };
      return { exitCode: -1, output: `Health check exceeded timeout (${timeoutMilliseconds / 1000}s)` };
    } finally {
      this.forget(container, exec);
    }
  }

  /** Forgets all execs of a container that is removed. */
  forgetAll(container: Container): void {
    for (const exec of container.execs.values()) this.forget(container, exec);
  }

  private forget(container: Container, exec: ExecInstance): void {
    container.execs.delete(exec.id);
    this.byId.delete(exec.id);
  }

  /** Ended execs are kept so that clients can ask for their exit code, but not without bound. */
  private forgetOldest(container: Container): void {
    const ended = [...container.execs.values()].filter(({ life }) => life.status === "ended");
    for (const exec of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED_EXECS))) this.forget(container, exec);
  }

  private publish(container: Container, exec: ExecInstance, action: string, more: Record<string, string> = {}): void {
    const attributes = container.eventAttributes({ execID: exec.id, ...more });
    this.host.events.publish("container", action, container.id, attributes);
  }
}

async function beginningOf(client: StdioClient): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const frames of client.output) {
    if (text.length < PROBE_OUTPUT_LENGTH) text += decoder.decode(payloads(frames), { stream: true });
  }
  return text.slice(0, PROBE_OUTPUT_LENGTH);
}

/** The content of whole frames, without their heads. */
function payloads(frames: Uint8Array): Uint8Array {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset + 8 <= frames.length; ) {
    const length = view.getUint32(offset + 4);
    parts.push(frames.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return Buffer.concat(parts);
}
