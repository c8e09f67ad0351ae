// All execs of the engine: created, started, and kept for inspection until their container is removed.
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import { signalProcess } from "../../../linux/process.ts";
import { SIGKILL } from "../../../linux/signals.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { resolveUser } from "../../../runtime/spec/user.ts";
import { resizeTerminal } from "../../../runtime/terminal-control.ts";
import type { Events } from "../../events.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import { type ProbeOutcome, tooLate } from "../health/probes.ts";
import { publish } from "../publish.ts";
import type { ContainerStore } from "../store.ts";
import { readDetachKeys } from "../streams/detach-keys.ts";
import type { StdioClient } from "../streams/stdio.ts";
import { ExecInstance, type ExecRequest } from "./exec-instance.ts";

const KEPT_ENDED_EXECS = 100;
const PROBE_OUTPUT_LENGTH = 4096;
/** How health probes run their commands. */
const PROBE_REQUEST = {
  env: [],
  user: "",
  workingDir: "",
  tty: false,
  privileged: false,
  attachStdin: false,
  attachStdout: true,
  attachStderr: true,
  detachKeys: "",
};

export interface ExecsParts {
  store: ContainerStore<Container>;
  cgroups: CgroupControl;
  hostFacts: HostFacts;
  events: Events;
  /** The directory of runtime files, below which each exec has its own. */
  execRoot: string;
}

export class Execs {
  private readonly parts: ExecsParts;
  private readonly directory: string;
  private readonly byId = new Map<string, ExecInstance>();

  constructor(parts: ExecsParts) {
    this.parts = parts;
    this.directory = join(parts.execRoot, "execs");
    // Execs of an earlier daemon keep running, but clients can no longer inspect them.
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
  }

  /**
   * @param reference the container as the client typed it, for messages
   * @throws BerthError conflict when the container does not run or is paused, invalidParameter for an unknown user
   */
  create(container: Container, request: ExecRequest, reference = container.id): ExecInstance {
    refuseUnlessRunning(container, reference);
    this.parts.cgroups.prepareMigration();
    if (request.command.length === 0) throw new BerthError("invalidParameter", "No exec command specified");
    if (readDetachKeys(request.detachKeys) === undefined) {
      throw new BerthError("invalidParameter", `Invalid escape keys (${request.detachKeys}) provided`);
    }
    // The files may change until the start, which looks again; an unknown name is refused early, as in Docker.
    if (request.user !== "") resolveUser(container.paths.rootfs, request.user);
    const exec = new ExecInstance(randomBytes(32).toString("hex"), request, {
      containerId: container.id,
      runtime: container.runtime,
      containerBundle: container.paths.bundle,
      rootfs: container.paths.rootfs,
      groupAdd: container.spec.hostConfig.groupAdd ?? [],
      execDirectory: this.directory,
      spillDirectory: container.paths.directory,
      facts: this.parts.hostFacts,
      calls: container.calls,
      processes: () => this.parts.cgroups.processesOf(container),
    });
    this.byId.set(exec.id, exec);
    container.execs.set(exec.id, exec);
    this.publish(container, exec, `exec_create: ${eventWords(exec)}`);
    return exec;
  }

  /** @throws BerthError notFound */
  get(id: string): ExecInstance {
    const exec = this.byId.get(id);
    if (!exec) throw new BerthError("notFound", `No such exec instance: ${id}`);
    return exec;
  }

  /** Starts it. Its end is published as an event. @throws BerthError */
  async start(exec: ExecInstance, consoleSize?: readonly [number, number]): Promise<void> {
    const container = this.parts.store.get(exec.containerId);
    this.checkStartable(exec, container);
    this.publish(container, exec, `exec_start: ${eventWords(exec)}`);
    try {
      const { ended } = await exec.start(consoleSize);
      void ended.then((exitCode) => {
        this.publish(container, exec, "exec_die", { exitCode: String(exitCode) });
        this.dropOldest(container);
      });
    } catch (thrown) {
      this.dropOldest(container);
      throw thrown;
    }
  }

  /** @throws BerthError conflict, as before a start: the container cannot run it now, or it was already started. */
  checkStartable(exec: ExecInstance, container = this.parts.store.get(exec.containerId)): void {
    refuseUnlessRunning(container);
    if (exec.life.status !== "created") {
      throw new BerthError("conflict", `Error: Exec command ${exec.id} has already run`);
    }
  }

  async resize(exec: ExecInstance, height: number, width: number): Promise<void> {
    refuseUnlessRunning(this.parts.store.get(exec.containerId));
    if (!(await resizeTerminal(exec.bundle, height, width))) {
      throw new BerthError("conflict", `exec process is not started: ${exec.id}`);
    }
  }

  /** A client has typed the detach keys; the process keeps running. */
  announceDetach(exec: ExecInstance): void {
    const container = this.parts.store.get(exec.containerId);
    this.publish(container, exec, "exec_detach");
  }

  /** Runs the command of a health probe and kills it when it takes too long. */
  async probe(container: Container, words: readonly string[], timeoutMilliseconds: number): Promise<ProbeOutcome> {
    const exec = this.create(container, { ...PROBE_REQUEST, command: words });
    const client = await exec.stdio.attach({ stdout: true, stderr: true, framed: false });
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
        signalProcess(life.process, SIGKILL);
      }, timeoutMilliseconds);
      const exitCode = await life.ended;
      clearTimeout(timer);
      if (!late) return { exitCode, output: await output };
      return tooLate(timeoutMilliseconds, await output);
    } finally {
      this.forget(container, exec);
    }
  }

  /** Forgets all execs of a container that is removed. */
  forgetAll(container: Container): void {
    for (const exec of container.execs.values()) this.forget(container, exec);
  }

  /** Forgets those that were created for a run that has ended and never started, as Docker does. */
  forgetUnstarted(container: Container): void {
    for (const exec of container.execs.values()) if (exec.life.status === "created") this.forget(container, exec);
  }

  private forget(container: Container, exec: ExecInstance): void {
    container.execs.delete(exec.id);
    this.byId.delete(exec.id);
  }

  /** Ended execs are kept so that clients can ask for their exit code, up to a maximum. */
  private dropOldest(container: Container): void {
    const ended = [...container.execs.values()].filter(({ life }) => life.status === "ended");
    for (const exec of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED_EXECS))) this.forget(container, exec);
  }

  private publish(container: Container, exec: ExecInstance, action: string, more: Record<string, string> = {}): void {
    publish(this.parts.events, container, action, { execID: exec.id, ...more });
  }
}

/** The beginning of the output; the rest is discarded. */
async function beginningOf(client: StdioClient): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of client.output) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > PROBE_OUTPUT_LENGTH) {
      client.detach();
      return `${text.slice(0, PROBE_OUTPUT_LENGTH)}...`;
    }
  }
  return text;
}

/** The command as events show it: the first word, a space, the others. */
function eventWords({ request }: ExecInstance): string {
  const [first = "", ...others] = request.command;
  return `${first} ${others.join(" ")}`;
}

/** @param reference the container as the client typed it. @throws BerthError conflict in Docker's words */
function refuseUnlessRunning(container: Container, reference = container.id): void {
  const { status } = container.state.life;
  if (status === "running") return;
  if (status === "paused") {
    throw new BerthError("conflict", `Container ${reference} is paused, unpause the container before exec`);
  }
  throw new BerthError(
    "conflict",
    status === "restarting"
      ? `Container ${container.id} is restarting, wait until the container is running`
      : `container ${container.id} is not running`,
  );
}
