// The containers service: everything a client can ask about containers, found here by reference and passed on to the
// part that does it.
import { join } from "node:path";
import type {
  ContainerConfig,
  ContainerInspect,
  ContainerSummary,
  CreateContainerAnswer,
  CreateContainerRequest,
  FilesystemChange,
  TopAnswer,
  UpdateContainerRequest,
  WaitAnswer,
} from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import type { HostConfig } from "../../api/host-configuration.ts";
import type { WaitCondition } from "../../api/waiting.ts";
import type { OciRuntime } from "../../runtime/oci-runtime.ts";
import { Runtimes } from "../../runtime/runtimes.ts";
import type { SeccompProfile } from "../../runtime/seccomp/profile.ts";
import { SeccompPrograms } from "../../runtime/seccomp/program.ts";
import { resizeTerminal } from "../../runtime/terminal-control.ts";
import { Filters } from "../filters.ts";
import type { CgroupControl } from "./cgroup-control.ts";
import { type CreationHost, createContainer } from "./configuration/create.ts";
import { renameContainer } from "./configuration/rename.ts";
import { type UpdateHost, updateContainer } from "./configuration/update.ts";
import { Container, containerPaths } from "./container.ts";
import type { ContainerDependencies } from "./dependencies.ts";
import { Execs } from "./exec/execs.ts";
import { HealthChecks } from "./health/health-checks.ts";
import { ExitWatcher } from "./life/exit-watcher.ts";
import { LifeCycle } from "./life/life-cycle.ts";
import { ContainerPruner } from "./life/prune.ts";
import { Removal, type RemovalRequest } from "./life/removal.ts";
import { type RestoringHost, restoreContainers } from "./life/restoring.ts";
import { Runs } from "./life/runs.ts";
import { waitFor } from "./life/waiting.ts";
import { linkedBy, namesByLinks, withoutLink } from "./links.ts";
import { defaultLogBudget } from "./logs/budget.ts";
import { logDriver } from "./logs/drivers.ts";
import { LogForwarders } from "./logs/forwarders.ts";
import { type KeptLog, LogKeeper } from "./logs/keeper.ts";
import { logLimits } from "./logs/limits.ts";
import { type LogQuery, readLog } from "./logs/reader.ts";
import type { ContainerSpec, ContainerState } from "./record.ts";
import { ContainerStore } from "./store.ts";
import { inspectContainer } from "./views/inspect.ts";
import { type ListHost, type ListRequest, selectContainers, summarize } from "./views/list.ts";
import { sizesOf } from "./views/sizes.ts";
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
  readonly stats: StatsSampler;
  readonly pruner: ContainerPruner;
  private readonly options: ContainersOptions;
  private readonly runtimes: Runtimes;
  private readonly store: ContainerStore<Container>;
  private readonly removal: Removal;
  private readonly keeper: LogKeeper;
  private readonly host: RestoringHost & UpdateHost & ListHost;

  constructor(options: ContainersOptions) {
    this.options = options;
    const { config, database, cgroups } = options;
    this.runtimes = new Runtimes(config.execRoot);
    this.store = new ContainerStore(database);
    const find = (reference: string): Container => this.get(reference);
    const base = {
      ...options,
      store: this.store,
      seccompPrograms: new SeccompPrograms(options.log),
      exits: new ExitWatcher(join(config.execRoot, "exits")),
      find,
      get: find,
      autoRemove: (container: Container) => this.removal.removeStopped(container, true),
      restartUnhealthy: (container: Container) => this.lifeCycle.restartUnhealthy(container),
    };
    this.execs = new Execs(base);
    const health = new HealthChecks({ ...base, execs: this.execs });
    const runsHost = { ...base, health, forwarders: new LogForwarders(options.log) };
    const runs = new Runs(runsHost);
    this.lifeCycle = new LifeCycle(runsHost, runs);
    this.removal = new Removal({ ...base, execs: this.execs, lifeCycle: this.lifeCycle });
    this.stats = new StatsSampler((container) => cgroups.sampleOf(container));
    this.pruner = new ContainerPruner({
      ...base,
      removal: this.removal,
      sizeOf: async (container) => (await sizesOf(container, options.images)).rw,
    });
    this.keeper = new LogKeeper(
      () => this.keptLogs(),
      config.logBudget ?? defaultLogBudget(config.dataRoot),
      config.dataRoot,
      options.log,
    );
    this.host = {
      ...runsHost,
      runs,
      removal: this.removal,
      defaultRuntime: this.runtimeOf(config.defaultRuntime),
    };
  }

  /** Reads what there is and takes up what runs. */
  async restore(): Promise<void> {
    this.store.load((spec, state) => this.instance(spec, state));
    await restoreContainers(this.host);
  }

  /** Lets go of everything but the containers, which run on. */
  stop(): void {
    this.host.exits.stop();
    this.keeper.stop();
    this.host.forwarders.stop();
    this.removal.stop();
    this.runtimes.close();
    for (const container of this.store.all()) {
      container.health?.stop();
      clearTimeout(container.restartTimer);
    }
  }

  all(): Container[] {
    return this.store.all();
  }

  /** @throws BerthError notFound, or invalidParameter for an ambiguous prefix */
  get(reference: string): Container {
    return linkedBy(reference, this.store) ?? this.store.get(reference);
  }

  /** @throws BerthError invalidParameter for an ambiguous prefix */
  find(reference: string): Container | undefined {
    return linkedBy(reference, this.store) ?? this.store.find(reference);
  }

  create(name: string | undefined, platform: string, request: CreateContainerRequest): CreateContainerAnswer {
    return createContainer(this.creationHost, name, platform, request);
  }

  /** A container for one step of a build: what its daemon does not remove, the next one does. */
  createBuildStep(request: CreateContainerRequest): CreateContainerAnswer {
    return createContainer(this.creationHost, undefined, "", request, true);
  }

  /** A build's container stays, like any other. */
  keepBuildStep(container: Container): void {
    delete container.spec.isBuildStep;
    this.store.saveSpec(container);
  }

  list(request: ListRequest, withSizes: boolean): Promise<ContainerSummary[]> {
    const all = this.store.all();
    const linkNames = namesByLinks(all, this.store);
    return Promise.all(
      selectContainers(all, request, this.host).map(async (container) => {
        const sizes = withSizes ? await sizesOf(container, this.options.images) : undefined;
        return summarize(container, this.host, linkNames.get(container.id) ?? [], sizes);
      }),
    );
  }

  /** All of them with their sizes, for `system df`. */
  usage(): Promise<ContainerSummary[]> {
    return this.list({ all: true, limit: 0, filters: new Filters() }, true);
  }

  async inspect(container: Container, withSizes: boolean): Promise<ContainerInspect> {
    return inspectContainer(
      container,
      this.host,
      withSizes ? await sizesOf(container, this.options.images) : undefined,
    );
  }

  /** What the container changed in its image's files. */
  changes(container: Container): Promise<FilesystemChange[]> {
    const image = this.options.images.find(container.spec.imageId);
    return this.options.files.changes(container.paths.upper, image?.lowerDirectories ?? []);
  }

  rename(container: Container, newName: string): void {
    renameContainer(container, newName, this.host);
  }

  remove(container: Container, reference: string, request: RemovalRequest): Promise<void> {
    return this.removal.remove(container, reference, request);
  }

  /** Takes back a link, named by its two ends: "own/alias". @throws BerthError */
  unlink(name: string): void {
    const { parent, links } = withoutLink(name, this.store);
    parent.spec.hostConfig.Links = links;
    this.options.networks.relink(parent.id, links);
    this.store.saveSpec(parent);
  }

  /** The client whose life the container shares has gone. */
  async endWithClient(container: Container): Promise<void> {
    if (container.isRunning) await this.lifeCycle.stop(container);
    else if (container.spec.hostConfig.AutoRemove && container.state.life.status === "created") {
      await this.remove(container, container.id, { force: true, volumes: true });
    }
  }

  /** Changes limits, at once where it runs, and the restart policy. The answer is warnings. */
  update(container: Container, request: UpdateContainerRequest): Promise<string[]> {
    return updateContainer(container, request, this.host);
  }

  wait(container: Container, condition: WaitCondition, signal: AbortSignal): Promise<WaitAnswer> {
    return waitFor(container, condition, this.options.events, signal);
  }

  /**
   * The selected log as the client gets it; `signal` ends the following.
   * @throws BerthError notImplemented for a driver that keeps none.
   */
  logs(container: Container, query: Omit<LogQuery, "terminal">, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { spec } = container;
    if (logDriver(spec.hostConfig.LogConfig?.Type ?? "").keepsNothing) {
      throw new BerthError("notImplemented", "configured logging driver does not support reading");
    }
    const ended = container.isRunning ? container.nextExit(signal).then(() => {}) : Promise.resolve();
    return readLog(container.paths.log, { ...query, terminal: spec.config.Tty ?? false }, ended, signal);
  }

  async resize(container: Container, height: number, width: number): Promise<void> {
    if (!container.isRunning || !(await resizeTerminal(container.paths.bundle, height, width))) {
      throw new BerthError("conflict", `container ${container.id} is not running`);
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

  /** @param filters only labels count */
  counts(filters: Filters = new Filters()): { running: number; paused: number; stopped: number } {
    const counts = { running: 0, paused: 0, stopped: 0 };
    for (const { spec, state } of this.store.all()) {
      if (!filters.labels("label", spec.config.Labels)) continue;
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

  private get creationHost(): CreationHost {
    return { ...this.options, store: this.store, runtimeOf: (runtime: string) => this.runtimeOf(runtime) };
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
    return this.runtimes.find(name, config.runtimes);
  }

  private *keptLogs(): Generator<KeptLog> {
    for (const { isRunning, spec, paths } of this.store.all()) {
      const { Type = "", Config = {} } = spec.hostConfig.LogConfig ?? {};
      if (logDriver(Type).keepsNothing) continue;
      yield { path: paths.log, limits: logLimits(Config), ...(isRunning ? { bundle: paths.bundle } : {}) };
    }
  }
}
