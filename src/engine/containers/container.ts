// One container in memory: its record, its streams, its execs and waiting clients.
import { join } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { Mutex } from "../../async/mutex.ts";
import type { OciRuntime } from "../../runtime/oci-runtime.ts";
import type { ExecInstance } from "./exec/exec-instance.ts";
import { RuntimeCalls } from "./lifecycle/runtime-calls.ts";
import { Trace } from "./lifecycle/trace.ts";
import { isActive, type Run } from "./lifecycle/transitions.ts";
import { type ContainerSpec, type ContainerState, isRunning } from "./record.ts";
import { Stdio } from "./streams/stdio.ts";

/** Where a container's files are. */
export interface ContainerPaths {
  /** Survives a reboot: the writable layer, the log, the engine's files that are mounted into it. */
  directory: string;
  upper: string;
  work: string;
  rootfs: string;
  /** What the monitor writes. */
  log: string;
  /** The file of Docker's json-file driver. */
  jsonLog: string;
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
    jsonLog: join(directory, `${id}-json.log`),
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
  readonly stdio: Stdio;
  /** Changes of its state and configuration take turns on this. */
  readonly changes = new Mutex();
  readonly calls = new RuntimeCalls();
  readonly execs = new Map<string, ExecInstance>();
  /** Times the current run, or the creation before the first one. */
  trace = new Trace();
  /** Whether it has been removed, for code that still has a reference. */
  isRemoved = false;

  private readonly findRuntime: () => OciRuntime;
  private readonly exitWaiters: Waiters = new Set();
  private readonly removalWaiters: Waiters = new Set();

  /** @param findRuntime throws BerthError when the runtime is no longer configured: the container can still be removed. */
  constructor(spec: ContainerSpec, state: ContainerState, paths: ContainerPaths, findRuntime: () => OciRuntime) {
    this.spec = spec;
    this.state = state;
    this.paths = paths;
    this.findRuntime = findRuntime;
    this.stdio = new Stdio(this.stdinEndsWithClient, paths.directory);
  }

  get id(): string {
    return this.spec.id;
  }

  get isRunning(): boolean {
    return isRunning(this.state);
  }

  /** @throws BerthError invalidParameter when it is no longer configured */
  get runtime(): OciRuntime {
    return this.findRuntime();
  }

  /** Whether stdin is for one client only, and ends with it. A terminal's stdin never ends. */
  get stdinEndsWithClient(): boolean {
    return this.spec.config.stdinOnce && !this.spec.config.tty;
  }

  /** The current run, for what only makes sense while there is one. @throws BerthError conflict */
  get run(): Run {
    const { life } = this.state;
    if (isActive(life)) return life;
    throw new BerthError("conflict", `container ${this.id} is not running`);
  }

  /** Resolves at the next end of a run; `signal` ends the waiting. */
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
    return { ...this.spec.config.labels, ...more, image: this.spec.imageReference, name: this.spec.name };
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
