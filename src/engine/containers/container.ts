// One container while the engine runs: its record, its streams, its execs and whoever waits for it.
import { join } from "node:path";
import { BerthError } from "../../api/errors.ts";
import type { OciRuntime } from "../../runtime/oci-runtime.ts";
import type { ExecInstance } from "./exec/exec-instance.ts";
import type { HealthMonitor } from "./health/monitor.ts";
import { RuntimeCalls } from "./life/runtime-calls.ts";
import { Mutex } from "./mutex.ts";
import { type ContainerSpec, type ContainerState, isRunning } from "./record.ts";
import { Stdio } from "./streams/stdio.ts";

/** Where a container's files are. */
export interface ContainerPaths {
  /** Survives a reboot: the writable layer, the log, the engine's files that are mounted into it. */
  directory: string;
  upper: string;
  work: string;
  rootfs: string;
  log: string;
  hostname: string;
  hosts: string;
  resolvConf: string;
  /** Does not survive a reboot: config.json, the monitor's sockets. */
  bundle: string;
}

export function containerPaths(dataRoot: string, execRoot: string, id: string): ContainerPaths {
  const directory = join(dataRoot, "containers", id);
  return {
    directory,
    upper: join(directory, "upper"),
    work: join(directory, "work"),
    rootfs: join(directory, "rootfs"),
    log: join(directory, "container.log"),
    hostname: join(directory, "hostname"),
    hosts: join(directory, "hosts"),
    resolvConf: join(directory, "resolv.conf"),
    bundle: join(execRoot, "containers", id),
  };
}

/** How a run of the container ended. */
export interface Exit {
  code: number;
}

export class Container {
  readonly spec: ContainerSpec;
  readonly state: ContainerState;
  readonly paths: ContainerPaths;
  readonly runtime: OciRuntime;
  readonly stdio: Stdio;
  /** Start, exit and removal take turns on this. */
  readonly changes = new Mutex();
  readonly calls = new RuntimeCalls();
  readonly execs = new Map<string, ExecInstance>();
  health: HealthMonitor | undefined;
  restartTimer: Timer | undefined;
  /** Set while a client's stop or kill is under way, so that the restart policy lets the container lie. */
  isBeingStopped = false;
  /** Set when the engine ends a run because it is unhealthy. */
  wasUnhealthy = false;
  /** Set while a client restarts it: an end in between is not the end of a container that is to be removed. */
  keepsAfterExit = false;
  /** Where the main process writes to, while processes may outlive it. */
  outputs: readonly string[] = [];
  /** Milliseconds the last restart was held back for; 0 after a start by a client. */
  lastRestartDelay = 0;

  /** Whether it is gone, for those who still hold it. */
  isRemoved = false;

  private readonly exitWaiters: Waiters = new Set();
  private readonly removalWaiters: Waiters = new Set();

  constructor(spec: ContainerSpec, state: ContainerState, paths: ContainerPaths, runtime: OciRuntime) {
    this.spec = spec;
    this.state = state;
    this.paths = paths;
    this.runtime = runtime;
    this.stdio = new Stdio(this.stdinEndsWithClient, paths.directory);
  }

  get id(): string {
    return this.spec.id;
  }

  get isRunning(): boolean {
    return isRunning(this.state);
  }

  /** Whether stdin is for one client only, whose end is the container's. A terminal is never ended: it is typed in. */
  get stdinEndsWithClient(): boolean {
    return this.spec.config.StdinOnce === true && this.spec.config.Tty !== true;
  }

  /** The process, for what only makes sense while there is one. @throws BerthError conflict */
  get process(): { pid: number; monitorPid: number } {
    const { life } = this.state;
    if (life.status === "running" || life.status === "paused") return life;
    throw new BerthError("conflict", `container ${this.id} is not running`);
  }

  /** Resolves at the next end of a run; with `signal` aborted, nobody waits any more. */
  nextExit(signal?: AbortSignal): Promise<Exit> {
    return waitIn(this.exitWaiters, signal);
  }

  /** Resolves with the last exit when the container has been removed. */
  removed(signal?: AbortSignal): Promise<Exit> {
    return waitIn(this.removalWaiters, signal);
  }

  announceExit(): void {
    wakeAll(this.exitWaiters, this.lastExit());
  }

  announceRemoval(): void {
    this.isRemoved = true;
    this.announceExit();
    wakeAll(this.removalWaiters, this.lastExit());
  }

  lastExit(): Exit {
    return { code: this.state.exitCode };
  }

  /** The attributes of its events, in Docker's order: labels, then image and name. */
  eventAttributes(more: Record<string, string> = {}): Record<string, string> {
    return { ...this.spec.config.Labels, ...more, image: this.spec.imageReference, name: this.spec.name };
  }
}

type Waiters = Set<(exit: Exit) => void>;

function waitIn(waiters: Waiters, signal: AbortSignal | undefined): Promise<Exit> {
  return new Promise((resolve) => {
    waiters.add(resolve);
    signal?.addEventListener("abort", () => waiters.delete(resolve), { once: true });
  });
}

function wakeAll(waiters: Waiters, exit: Exit): void {
  for (const resolve of waiters) resolve(exit);
  waiters.clear();
}
