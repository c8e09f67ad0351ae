// The containers service: everything that a client can ask of containers, passed on to the part that does it.
import type { Database } from "bun:sqlite";
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
import { BerthError, messageOf } from "../../api/errors.ts";
import type { HostConfig } from "../../api/host-configuration.ts";
import type { Log } from "../../api/log.ts";
import type { WaitCondition } from "../../api/waiting.ts";
import type { OciRuntime } from "../../runtime/oci-runtime.ts";
import { Runtimes } from "../../runtime/runtimes.ts";
import type { SeccompProfile } from "../../runtime/seccomp/profile.ts";
import { SeccompPrograms } from "../../runtime/seccomp/program.ts";
import type { HostFacts } from "../../runtime/spec/host.ts";
import { resizeTerminal } from "../../runtime/terminal-control.ts";
import type { UserMapping } from "../../storage/user-mapping.ts";
import type { EngineConfig } from "../config.ts";
import type { Events } from "../events.ts";
import { Filters } from "../filters.ts";
import type { CgroupControl } from "./cgroup-control.ts";
import { type CreateOptions, type CreationParts, createContainer } from "./configuration/create.ts";
import { renameContainer } from "./configuration/rename.ts";
import { updateContainer } from "./configuration/update.ts";
import { Container, containerPaths } from "./container.ts";
import type { ContainerNetworks, ContainerVolumes, ImageSource } from "./dependencies.ts";
import { Execs } from "./exec/execs.ts";
import { HealthChecks } from "./health/health-checks.ts";
import { Disposal } from "./life/disposal.ts";
import { ExitWatcher } from "./life/exit-watcher.ts";
import { Freezing } from "./life/freezing.ts";
import { Launcher } from "./life/launcher.ts";
import { LifeCycle } from "./life/life-cycle.ts";
import { ContainerPruner } from "./life/prune.ts";
import { Removal, type RemovalRequest } from "./life/removal.ts";
import { Restoring } from "./life/restoring.ts";
import { Runs } from "./life/runs.ts";
import { Termination } from "./life/termination.ts";
import { waitFor } from "./life/waiting.ts";
import { linkedBy, namesByLinks, withoutLink } from "./links.ts";
import { defaultLogBudget } from "./logs/budget.ts";
import { Logs } from "./logs/logs.ts";
import type { LogQuery } from "./logs/reader.ts";
import { publish } from "./publish.ts";
import type { ContainerSpec, ContainerState } from "./record.ts";
import { ContainerStore } from "./store.ts";
import { inspectContainer } from "./views/inspect.ts";
import { type ListParts, type ListRequest, selectContainers, summarize } from "./views/list.ts";
import { sizesOf } from "./views/sizes.ts";
import { StatsSampler } from "./views/stats.ts";
import { topOf } from "./views/top.ts";

export interface ContainersOptions {
  config: EngineConfig;
  log: Log;
  database: Database;
  events: Events;
  images: ImageSource;
  networks: ContainerNetworks;
  volumes: ContainerVolumes;
  hostFacts: HostFacts;
  /** The ids of containers that do not ask for the host's; undefined when all have the host's. */
  userMapping: UserMapping | undefined;
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
  private readonly exits: ExitWatcher;
  private readonly containerLogs: Logs;
  private readonly health: HealthChecks;
  private readonly disposal: Disposal;
  private readonly runs: Runs;
  private readonly removal: Removal;
  private readonly restoring: Restoring;

  constructor(options: ContainersOptions) {
    this.options = options;
    const { config, database, events, log, cgroups, images, networks, volumes, hostFacts, userMapping } = options;
    this.runtimes = new Runtimes(config.execRoot);
    const store = new ContainerStore<Container>(database);
    this.store = store;
    this.exits = new ExitWatcher(join(config.execRoot, "exits"));
    this.containerLogs = new Logs({
      containers: () => this.store.all(),
      budget: config.logBudget ?? defaultLogBudget(config.dataRoot),
      dataRoot: config.dataRoot,
      log,
    });
    const { exits, containerLogs: logs } = this;
    this.execs = new Execs({ store, cgroups, hostFacts, events, execRoot: config.execRoot });
    const { execs } = this;
    const termination = new Termination({ store, cgroups, events, log });
    const health = new HealthChecks({ store, execs, termination, events, log });
    const disposal = new Disposal({ store, execs, networks, volumes, events, log });
    const seccompPrograms = new SeccompPrograms(log);
    const { seccomp } = options;
    const launcher = new Launcher(
      { config, store, images, networks, volumes, hostFacts, userMapping, seccomp, seccompPrograms },
      exits,
      log,
    );
    const runs = new Runs({ store, launcher, exits, health, logs, disposal, cgroups, events, log });
    const freezing = new Freezing({ store, cgroups, health, events, log });
    const lifeCycle = new LifeCycle({ runs, termination, freezing, health });
    const removal = new Removal(store, lifeCycle, disposal);
    this.health = health;
    this.disposal = disposal;
    this.runs = runs;
    this.lifeCycle = lifeCycle;
    this.removal = removal;
    this.restoring = new Restoring({
      config,
      store,
      networks,
      volumes,
      cgroups,
      exits,
      health,
      logs,
      runs,
      lifeCycle,
      disposal,
      removal,
      defaultRuntime: this.runtimeOf(config.defaultRuntime),
      log,
    });
    this.stats = new StatsSampler((container) => cgroups.sampleOf(container));
    const sizeOf = async (container: Container): Promise<number> => (await sizesOf(container, images)).rw;
    this.pruner = new ContainerPruner({ store, events, removal, sizeOf });
  }

  /** Loads all records and brings them into agreement with the kernel. {@link completeRestore} does the rest. */
  async restore(): Promise<void> {
    const { log } = this.options;
    this.store.load(
      (spec, state) => this.instance(spec, state),
      (id, thrown) => log.error("failed to read container record", { container: id, reason: messageOf(thrown) }),
    );
    await this.restoring.begin();
  }

  /** Restores container by container; to be called once requests are answered. */
  completeRestore(): Promise<void> {
    return this.restoring.complete();
  }

  /** Resolves when a container that an earlier daemon left is restored; for all others at once. */
  async restored(reference: string): Promise<void> {
    const container = this.find(reference);
    if (container) await this.restoring.restored(container);
  }

  /** Releases everything but the containers, which keep running. */
  stop(): void {
    this.exits.stop();
    this.containerLogs.stop();
    this.disposal.stop();
    this.health.stop();
    this.runs.stop();
    this.runtimes.close();
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

  create(request: CreateContainerRequest, options: CreateOptions = {}): CreateContainerAnswer {
    return createContainer(this.creationParts, request, options);
  }

  /** A container for one step of a build. If this daemon does not remove it, the next one does. */
  createBuildStep(request: CreateContainerRequest): CreateContainerAnswer {
    return createContainer(this.creationParts, request, { isBuildStep: true });
  }

  /** Keeps the container of a build step, like any other container. */
  keepBuildStep(container: Container): void {
    this.store.saveSpec(container, { isBuildStep: undefined });
  }

  list(request: ListRequest, withSizes: boolean): Promise<ContainerSummary[]> {
    const all = this.store.all();
    const linkNames = namesByLinks(all, this.store);
    return Promise.all(
      selectContainers(all, request, this.listParts).map(async (container) => {
        const sizes = withSizes ? await sizesOf(container, this.options.images) : undefined;
        return summarize(container, this.listParts, linkNames.get(container.id) ?? [], sizes);
      }),
    );
  }

  /** All of them with their sizes, for `system df`. */
  usage(): Promise<ContainerSummary[]> {
    return this.list({ all: true, limit: 0, filters: new Filters() }, true);
  }

  async inspect(container: Container, withSizes: boolean): Promise<ContainerInspect> {
    const { images, networks, hostFacts } = this.options;
    return inspectContainer(
      container,
      { store: this.store, exits: this.exits, images, networks, hostFacts },
      withSizes ? await sizesOf(container, this.options.images) : undefined,
    );
  }

  /** The files that the container has changed, compared with its image. */
  changes(container: Container): Promise<FilesystemChange[]> {
    const image = this.options.images.find(container.spec.imageId);
    return this.options.files.changes(container.paths.upper, image?.lowerDirectories ?? []);
  }

  rename(container: Container, newName: string): Promise<void> {
    const { networks, events } = this.options;
    return container.changes.run(async () =>
      renameContainer(container, newName, { store: this.store, networks, events }),
    );
  }

  remove(container: Container, reference: string, request: RemovalRequest): Promise<void> {
    return this.removal.remove(container, reference, request);
  }

  /** Removes a link, named by its two ends: "own/alias". @throws BerthError */
  unlink(name: string): void {
    const { parent, links } = withoutLink(name, this.store);
    this.store.saveSpec(parent, { hostConfig: { ...parent.spec.hostConfig, Links: links } });
    this.options.networks.relink(parent.id, links);
  }

  /** Stops, or removes, a container whose life was bound to that of a client which has disconnected. */
  async endWithClient(container: Container): Promise<void> {
    if (container.isRunning) await this.lifeCycle.stop(container);
    else if (container.spec.hostConfig.AutoRemove && container.state.life.status === "created") {
      await this.remove(container, container.id, { force: true, volumes: true });
    }
  }

  /** Changes limits, immediately if it runs, and the restart policy. Returns warnings. */
  update(container: Container, request: UpdateContainerRequest): Promise<string[]> {
    const { cgroups, networks, hostFacts, events } = this.options;
    return container.changes.run(() =>
      updateContainer(container, request, { store: this.store, cgroups, networks, hostFacts, events }),
    );
  }

  wait(container: Container, condition: WaitCondition, signal: AbortSignal): Promise<WaitAnswer> {
    return waitFor(container, condition, this.options.events, signal);
  }

  /**
   * The selected part of the log as it is sent to the client; `signal` ends following.
   * @throws BerthError notImplemented for a driver that keeps no log.
   */
  logs(container: Container, query: Omit<LogQuery, "terminal">, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.containerLogs.read(container, query, signal);
  }

  async resize(container: Container, height: number, width: number): Promise<void> {
    if (!container.isRunning || !(await resizeTerminal(container.paths.bundle, height, width))) {
      throw new BerthError("conflict", `container ${container.id} is not running`);
    }
    const size = { height: String(height), width: String(width) };
    publish(this.options.events, container, "resize", size);
  }

  async top(container: Container, psArguments: string): Promise<TopAnswer> {
    if (container.state.life.status === "restarting") {
      throw new BerthError("conflict", `Container ${container.id} is restarting, wait until the container is running`);
    }
    if (!container.isRunning) throw new BerthError("conflict", `container ${container.id} is not running`);
    const answer = await topOf(new Set(this.options.cgroups.processesOf(container)), psArguments);
    publish(this.options.events, container, "top");
    return answer;
  }

  /** @param filters of which only labels are used */
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

  /** The containers created from an image, which keep it from being removed. */
  using(imageId: string): { id: string; running: boolean }[] {
    return this.store
      .all()
      .filter(({ spec }) => spec.imageId === imageId)
      .map((container) => ({ id: container.id, running: container.isRunning }));
  }

  private get creationParts(): CreationParts {
    const { config, images, networks, volumes, hostFacts, events, validate } = this.options;
    const runtimeOf = (name: string): OciRuntime => this.runtimeOf(name);
    return { config, store: this.store, images, networks, volumes, hostFacts, events, validate, runtimeOf };
  }

  private get listParts(): ListParts {
    const { images, networks } = this.options;
    return { images, networks, store: this.store, exits: this.exits };
  }

  private instance(spec: ContainerSpec, state: ContainerState): Container {
    const { config } = this.options;
    return new Container(spec, state, containerPaths(config.dataRoot, config.execRoot, spec.id), () =>
      this.runtimeOf(spec.hostConfig.Runtime ?? config.defaultRuntime),
    );
  }

  private runtimeOf(name: string): OciRuntime {
    const { config } = this.options;
    return this.runtimes.find(name, config.runtimes);
  }
}
