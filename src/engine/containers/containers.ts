// The containers service: everything a client can ask about containers, found here by reference
// and passed on to the part that does it.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type {
  ContainerConfig,
  ContainerInspect,
  ContainerSummary,
  CreateContainerAnswer,
  CreateContainerRequest,
  FilesystemChange,
  HostConfig,
  PruneContainersAnswer,
  TopAnswer,
  UpdateContainerRequest,
  WaitAnswer,
  WaitCondition,
} from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import { parseTimestamp, timestampNow } from "../../api/time.ts";
import { sweepCgroups } from "../../runtime/cgroups/sweep.ts";
import { findRuntime, type OciRuntime } from "../../runtime/oci-runtime.ts";
import type { SeccompProfile } from "../../runtime/seccomp/profile.ts";
import { SeccompPrograms } from "../../runtime/seccomp/program.ts";
import { completeResources, validateResources } from "../../runtime/spec/validation/resources.ts";
import { updatedLimits } from "../../runtime/spec/validation/update.ts";
import { resizeTerminal } from "../../runtime/terminal-control.ts";
import { directorySize } from "../../storage/disk-usage.ts";
import { unmountRootFilesystem } from "../../storage/rootfs.ts";
import { Filters } from "../filters.ts";
import type { CgroupControl } from "./cgroup-control.ts";
import { DEFAULT_CGROUP_PARENT } from "./cgroup-control.ts";
import { Container, containerPaths, type Exit } from "./container.ts";
import {
  checkedName,
  completeHostConfig,
  mergeConfig,
  newContainerId,
  newState,
  shortId,
} from "./creation/configuration.ts";
import { generateName } from "./creation/names.ts";
import type { ContainerDependencies } from "./dependencies.ts";
import { Execs } from "./exec/execs.ts";
import { HealthMonitor, probeWords } from "./health/monitor.ts";
import { ExitWatcher } from "./life/exit-watcher.ts";
import { LifeCycle } from "./life/life-cycle.ts";
import { Removal, type RemovalRequest } from "./life/removal.ts";
import { checkLogOptions, logLimits } from "./logs/options.ts";
import { type LogQuery, readLog } from "./logs/reader.ts";
import { LogRotation } from "./logs/rotation.ts";
import type { ContainerSpec, ContainerState } from "./record.ts";
import { ContainerStore } from "./store.ts";
import { inspectContainer } from "./views/inspect.ts";
import { type ListHost, type ListRequest, selectContainers, summarize } from "./views/list.ts";
import { StatsSampler } from "./views/stats.ts";
import { topOf } from "./views/top.ts";

export interface ContainersOptions extends ContainerDependencies {
  /** Checks and warns about a host configuration. @throws BerthError invalidParameter */
  validate(config: ContainerConfig, hostConfig: HostConfig): string[];
  seccomp: SeccompProfile | "unconfined";
  cgroups: CgroupControl;
  files: { changes(upper: string, lowerDirectories: readonly string[]): Promise<FilesystemChange[]> };
}

export class Containers {
  readonly execs: Execs;
  readonly lifeCycle: LifeCycle;
  private readonly options: ContainersOptions;
  private readonly store: ContainerStore<Container>;
  private readonly exits: ExitWatcher;
  private readonly removal: Removal;
  private readonly rotation: LogRotation;
  readonly stats: StatsSampler;

  constructor(options: ContainersOptions) {
    this.options = options;
    const { config, database } = options;
    this.store = new ContainerStore(database);
    this.exits = new ExitWatcher(join(config.execRoot, "exits"));
    const find = (reference: string): Container => this.store.get(reference);
    const seccompPrograms = new SeccompPrograms(options.log);
    const host = { ...options, seccompPrograms, exits: this.exits, store: this.store, find, get: find };
    this.execs = new Execs(host);
    this.lifeCycle = new LifeCycle({
      ...host,
      autoRemove: (container) => this.removal.removeStopped(container, true),
      startHealthChecks: (container) => this.startHealthChecks(container),
    });
    this.removal = new Removal(host, this.execs, this.lifeCycle);
    this.stats = new StatsSampler((container) => options.cgroups.sampleOf(container));
    this.rotation = new LogRotation(() => this.runningLogs(), options.log);
  }

  /** Reads what there is and takes up what runs. */
  async restore(): Promise<void> {
    this.store.load((spec, state) => this.instance(spec, state));
    await this.sweep();
    await this.lifeCycle.restore();
  }

  /** Lets go of everything but the containers, which run on. */
  stop(): void {
    this.exits.stop();
    this.rotation.stop();
    for (const container of this.store.all()) {
      container.health?.stop();
      clearTimeout(container.restartTimer);
    }
  }

  all(): Container[] {
    return this.store.all();
  }

  get(reference: string): Container {
    return this.store.get(reference);
  }

  find(reference: string): Container | undefined {
    return this.store.find(reference);
  }

  create(name: string | undefined, request: CreateContainerRequest): CreateContainerAnswer {
    const { options } = this;
    const { HostConfig = {}, NetworkingConfig, ...asked } = request;
    const wishes = completeHostConfig(HostConfig, options.config, options.host.cgroup.version);
    const hostConfig = completeResources(wishes, options.host);
    if (hostConfig.AutoRemove && hostConfig.RestartPolicy?.Name !== "no") {
      throw new BerthError("invalidParameter", "can't create 'AutoRemove' container with restart policy");
    }
    const wanted = name ? checkedName(name) : undefined;
    const image = options.images.get(asked.Image ?? "");
    const id = newContainerId();
    const config = mergeConfig(asked, image.config.config ?? {}, id, hostConfig);
    const warnings = options.validate(config, wishes);
    checkLogOptions(hostConfig.LogConfig?.Type ?? "", hostConfig.LogConfig?.Config ?? {});
    const runtime = this.runtimeOf(hostConfig.Runtime);
    const chosen = wanted ?? generateName((candidate) => this.store.isNameTaken(candidate), shortId(id));
    this.store.reserveName(chosen, id);
    const paths = containerPaths(options.config.dataRoot, options.config.execRoot, id);
    let planned = false;
    try {
      options.networks.plan(id, {
        networkMode: hostConfig.NetworkMode,
        endpoints: endpointsByName(NetworkingConfig?.EndpointsConfig ?? {}),
        hostConfig,
        config,
      });
      planned = true;
      mkdirSync(paths.directory, { recursive: true, mode: 0o710 });
      const mounts = options.volumes.prepare(id, {
        config,
        hostConfig,
        idOf: (reference) => this.store.get(reference).id,
      });
      const spec: ContainerSpec = {
        id,
        name: chosen,
        created: timestampNow(),
        imageReference: asked.Image ?? "",
        imageId: image.id,
        config,
        hostConfig,
        mountPoints: mounts.mountPoints,
        anonymousVolumes: mounts.anonymousVolumes,
      };
      const container = new Container(spec, newState(), paths, runtime);
      this.store.insert(container);
      options.events.publish("container", "create", id, container.eventAttributes());
      return { Id: id, Warnings: [...warnings, ...mounts.warnings] };
    } catch (thrown) {
      if (planned) options.networks.forget(id);
      options.volumes.release(id, []);
      rmSync(paths.directory, { recursive: true, force: true });
      throw thrown;
    } finally {
      this.store.releaseName(chosen);
    }
  }

  list(request: ListRequest, withSizes: boolean): Promise<ContainerSummary[]> {
    const host: ListHost = { ...this.options, get: (reference) => this.store.get(reference) };
    const selected = selectContainers(this.store.all(), request, host);
    return Promise.all(
      selected.map(async (container) =>
        summarize(container, host, withSizes ? await this.sizesOf(container) : undefined),
      ),
    );
  }

  /** All of them with their sizes, for `system df`. */
  usage(): Promise<ContainerSummary[]> {
    return this.list({ all: true, limit: 0, filters: new Filters() }, true);
  }

  async inspect(container: Container, withSizes: boolean): Promise<ContainerInspect> {
    const image = this.options.images.find(container.spec.imageId);
    return inspectContainer(
      container,
      this.options.networks.settings(container.id),
      image?.lowerDirectories ?? [],
      withSizes ? await this.sizesOf(container) : undefined,
    );
  }

  /** What the container changed in its image's files. */
  changes(container: Container): Promise<FilesystemChange[]> {
    const image = this.options.images.find(container.spec.imageId);
    return this.options.files.changes(container.paths.upper, image?.lowerDirectories ?? []);
  }

  rename(container: Container, newName: string): void {
    if (newName === "") throw new BerthError("invalidParameter", "Neither old nor new names may be empty");
    const name = checkedName(newName);
    const formerName = container.spec.name;
    if (name === formerName) {
      throw new BerthError("invalidParameter", "Renaming a container with the same name as its current name");
    }
    this.store.reserveName(name, container.id);
    try {
      container.spec.name = name;
      this.store.saveSpec(container, formerName);
    } finally {
      this.store.releaseName(name);
    }
    this.options.networks.renamed(container.id, name);
    this.options.events.publish(
      "container",
      "rename",
      container.id,
      container.eventAttributes({ oldName: `/${formerName}` }),
    );
  }

  remove(container: Container, reference: string, request: RemovalRequest): Promise<void> {
    return this.removal.remove(container, reference, request);
  }

  /** Changes limits and published ports, at once where it runs, and the restart policy. The answer is warnings. */
  async update(container: Container, request: UpdateContainerRequest): Promise<string[]> {
    const { RestartPolicy, PublishAdd, PublishRemove, ...limits } = request;
    const { hostConfig } = container.spec;
    if (RestartPolicy?.Name && hostConfig.AutoRemove) {
      throw new BerthError(
        "invalidParameter",
        "Restart policy cannot be updated because AutoRemove is enabled for the container",
      );
    }
    const wishes = updatedLimits(container.id, hostConfig, limits);
    const warnings = validateResources(wishes, this.options.host, true);
    const updated = completeResources(wishes, this.options.host);
    if (container.isRunning) await this.options.cgroups.update(container, updated);
    Object.assign(hostConfig, updated);
    if (PublishAdd || PublishRemove) {
      const change = { add: PublishAdd ?? {}, remove: PublishRemove ?? [] };
      hostConfig.PortBindings = this.options.networks.changePublished(container.id, change);
    }
    if (RestartPolicy?.Name) hostConfig.RestartPolicy = { MaximumRetryCount: 0, ...RestartPolicy };
    this.store.saveSpec(container);
    this.options.events.publish("container", "update", container.id, container.eventAttributes());
    return warnings;
  }

  /** Removes what does not run and was made before `until`. */
  async prune(filters: Filters): Promise<PruneContainersAnswer> {
    const until = filters.moment("until");
    const deleted: string[] = [];
    let reclaimed = 0;
    for (const container of this.store.all()) {
      const { config, created } = container.spec;
      const lies = ["created", "exited", "dead"].includes(container.state.life.status);
      const old = until === undefined || (parseTimestamp(created) ?? 0n) < until;
      const labelled = filters.labels("label", config.Labels);
      const excluded = filters.has("label!") && filters.labels("label!", config.Labels);
      if (!lies || !old || !labelled || excluded) continue;
      const { rw } = await this.sizesOf(container);
      await this.removal.remove(container, container.id, { force: false, volumes: false });
      deleted.push(container.id);
      reclaimed += rw;
    }
    const attributes = { reclaimed: String(reclaimed) };
    this.options.events.publish("container", "prune", "", attributes);
    return { ContainersDeleted: deleted, SpaceReclaimed: reclaimed };
  }

  async wait(container: Container, condition: WaitCondition): Promise<WaitAnswer> {
    return { StatusCode: (await this.waitedExit(container, condition)).code };
  }

  /** The selected log as the client gets it. @throws BerthError notImplemented for a driver that keeps none. */
  logs(container: Container, query: Omit<LogQuery, "terminal">): AsyncGenerator<Uint8Array> {
    const { spec } = container;
    if (spec.hostConfig.LogConfig?.Type === "none") {
      throw new BerthError("notImplemented", "configured logging driver does not support reading");
    }
    const ended = container.isRunning ? container.nextExit().then(() => {}) : Promise.resolve();
    return readLog(container.paths.log, { ...query, terminal: spec.config.Tty ?? false }, ended);
  }

  resize(container: Container, height: number, width: number): void {
    if (!container.isRunning || !resizeTerminal(container.paths.bundle, height, width)) {
      throw new BerthError("conflict", `cannot resize a stopped container: container ${container.id} is not running`);
    }
    const size = { height: String(height), width: String(width) };
    this.options.events.publish("container", "resize", container.id, container.eventAttributes(size));
  }

  async top(container: Container, psArguments: string): Promise<TopAnswer> {
    if (container.state.life.status === "restarting") {
      throw new BerthError("conflict", `Container ${container.id} is restarting, wait until the container is running`);
    }
    if (!container.isRunning) throw new BerthError("conflict", `container ${container.id} is not running`);
    const answer = await topOf(new Set(this.options.cgroups.processesOf(container)), psArguments);
    this.options.events.publish("container", "top", container.id, container.eventAttributes());
    return answer;
  }

  counts(): { running: number; paused: number; stopped: number } {
    const counts = { running: 0, paused: 0, stopped: 0 };
    for (const { state } of this.store.all()) {
      const { status } = state.life;
      if (status === "paused") counts.paused++;
      else if (status === "running" || status === "restarting") counts.running++;
      else counts.stopped++;
    }
    return counts;
  }

  /** The containers made from an image, for those who want to remove it. */
  using(imageId: string): { id: string; running: boolean }[] {
    return this.store
      .all()
      .filter(({ spec }) => spec.imageId === imageId)
      .map((container) => ({ id: container.id, running: container.isRunning }));
  }

  private async sizesOf({ spec, paths }: Container): Promise<{ rw: number; rootFs: number }> {
    const rw = await directorySize(paths.upper);
    return { rw, rootFs: rw + (this.options.images.find(spec.imageId)?.size ?? 0) };
  }

  private async waitedExit(container: Container, condition: WaitCondition): Promise<Exit> {
    if (condition === "removed") return container.removed();
    if (condition === "next-exit") return container.nextExit();
    if (condition === "healthy") return this.healthyOrEnded(container);
    const isLying = !container.isRunning && container.state.life.status !== "restarting";
    return isLying ? container.lastExit() : container.nextExit();
  }

  /** Berth's own condition: 0 once it is healthy, 1 when it turns unhealthy or ends before. */
  private async healthyOrEnded(container: Container): Promise<Exit> {
    const { health } = container.state;
    if (!container.health) {
      throw new BerthError("conflict", `container ${container.id} has no health check that runs`);
    }
    if (health?.status === "healthy") return { code: 0 };
    const { promise, resolve } = Promise.withResolvers<Exit>();
    const unsubscribe = this.options.events.subscribe(({ id, action }) => {
      if (id !== container.id) return;
      if (action === "health_status: healthy") resolve({ code: 0 });
      if (action === "health_status: unhealthy") resolve({ code: 1 });
      if (action === "die") resolve({ code: 1 });
    });
    return promise.finally(unsubscribe);
  }

  private instance(spec: ContainerSpec, state: ContainerState): Container {
    const { config } = this.options;
    return new Container(
      spec,
      state,
      containerPaths(config.dataRoot, config.execRoot, spec.id),
      this.runtimeOf(spec.hostConfig.Runtime ?? config.defaultRuntime),
    );
  }

  private runtimeOf(name: string): OciRuntime {
    const { config } = this.options;
    return findRuntime(name, config.runtimes, join(config.execRoot, "runtimes", name));
  }

  private startHealthChecks(container: Container): void {
    const { config } = container.spec;
    const words = probeWords(config.Healthcheck, config.Shell);
    if (!words) return;
    container.health = new HealthMonitor(words, config.Healthcheck ?? {}, {
      probe: (probe, timeout) => this.execs.probe(container, probe, timeout),
      changed: (health, statusChanged) => {
        container.state.health = health;
        this.store.saveState(container);
        if (!statusChanged) return;
        const action = `health_status: ${health.status}`;
        this.options.events.publish("container", action, container.id, container.eventAttributes());
      },
    });
    container.state.health = container.health.current;
    this.store.saveState(container);
  }

  private *runningLogs() {
    for (const { isRunning, spec, paths } of this.store.all()) {
      if (!isRunning || spec.hostConfig.LogConfig?.Type === "none") continue;
      yield { path: paths.log, bundle: paths.bundle, limits: logLimits(spec.hostConfig.LogConfig?.Config ?? {}) };
    }
  }

  /** What a daemon before was removing, or never finished making: its files, and the runtime's record of it. */
  private async sweep(): Promise<void> {
    const { config } = this.options;
    const root = join(config.dataRoot, "containers");
    const bundles = join(config.execRoot, "containers");
    mkdirSync(root, { recursive: true, mode: 0o710 });
    mkdirSync(bundles, { recursive: true, mode: 0o711 });
    const runtime = this.runtimeOf(config.defaultRuntime);
    const unknown = (directory: string) => readdirSync(directory).filter((id) => !this.store.byExactId(id));
    for (const id of unknown(bundles)) {
      await runtime.delete(id).catch(() => {});
      rmSync(join(bundles, id), { recursive: true, force: true });
    }
    for (const id of unknown(root)) {
      await unmountRootFilesystem(containerPaths(config.dataRoot, config.execRoot, id).rootfs);
      rmSync(join(root, id), { recursive: true, force: true });
    }
    sweepCgroups(config.cgroupParent || DEFAULT_CGROUP_PARENT);
  }
}

/** Clients call the network of a container that names none "default", also where they say what they want of it. */
function endpointsByName<T>(endpoints: Record<string, T>): Record<string, T> {
  const entries = Object.entries(endpoints);
  return Object.fromEntries(entries.map(([name, request]) => [name === "default" ? "bridge" : name, request]));
}
