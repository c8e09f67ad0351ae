// The containers service: everything that a client can ask of containers, passed on to the part that does it.

import { BerthError, messageOf } from "../../api/errors.ts";
import type { WaitCondition } from "../../api/waiting.ts";
import type { OciRuntime } from "../../runtime/oci-runtime.ts";
import { resizeTerminal } from "../../runtime/terminal-control.ts";
import type { FileChange } from "../../storage/changes.ts";
import { Filters } from "../filters.ts";
import {
  type ContainerRequest,
  type CreatedContainer,
  type CreateOptions,
  type CreationParts,
  createContainer,
} from "./configuration/create.ts";
import { renameContainer } from "./configuration/rename.ts";
import { type UpdateRequest, updateContainer } from "./configuration/update.ts";
import { Container, containerPaths } from "./container.ts";
import type { Execs } from "./exec/execs.ts";
import type { Lifecycle } from "./lifecycle/lifecycle.ts";
import type { ContainerPruner } from "./lifecycle/prune.ts";
import type { RemovalRequest } from "./lifecycle/removal.ts";
import { waitFor } from "./lifecycle/wait.ts";
import { linkedBy, namesByLinks, withoutLink } from "./links.ts";
import type { LogQuery } from "./logs/reader.ts";
import { assembleParts, type ContainerParts, type ContainersOptions } from "./parts.ts";
import { publish } from "./publish.ts";
import { type InspectedContainer, inspectContainer } from "./queries/inspect.ts";
import { type ListedContainer, type ListParts, type ListRequest, selectContainers, summarize } from "./queries/list.ts";
import { sizesOf } from "./queries/sizes.ts";
import type { StatsSampler } from "./queries/stats.ts";
import { type ProcessTable, topOf } from "./queries/top.ts";
import type { ContainerSpec, ContainerState } from "./record.ts";
import type { ContainerStore } from "./store.ts";

export class Containers {
  readonly execs: Execs;
  readonly lifecycle: Lifecycle;
  readonly stats: StatsSampler;
  readonly pruner: ContainerPruner;
  private readonly options: ContainersOptions;
  private readonly parts: ContainerParts;
  private readonly store: ContainerStore<Container>;

  constructor(options: ContainersOptions) {
    this.options = options;
    this.parts = assembleParts(options);
    this.execs = this.parts.execs;
    this.lifecycle = this.parts.lifecycle;
    this.stats = this.parts.stats;
    this.pruner = this.parts.pruner;
    this.store = this.parts.store;
  }

  /** Loads all records and brings them into agreement with the kernel. {@link completeRestore} does the rest. */
  async restore(): Promise<void> {
    const { log } = this.options;
    this.store.load(
      (spec, state) => this.instance(spec, state),
      (id, thrown) => log.error("failed to read container record", { container: id, reason: messageOf(thrown) }),
    );
    await this.parts.restorer.begin();
  }

  /** Restores container by container; to be called once requests are answered. */
  completeRestore(): Promise<void> {
    return this.parts.restorer.complete();
  }

  /** Resolves when a container that an earlier daemon left is restored; for all others at once. */
  async restored(reference: string): Promise<void> {
    const container = this.find(reference);
    if (container) await this.parts.restorer.restored(container);
  }

  /** Releases everything but the containers, which keep running. */
  stop(): void {
    this.parts.restorer.stop();
    this.parts.exits.stop();
    this.parts.logs.stop();
    this.parts.disposal.stop();
    this.parts.health.stop();
    this.parts.runs.stop();
    this.parts.runtimes.close();
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

  /** Prepares the kernel for the start of a container or exec. */
  expectStart(): void {
    this.options.cgroups.prepareMigration();
  }

  create(request: ContainerRequest, options: CreateOptions = {}): CreatedContainer {
    // Most containers are started right after their creation.
    this.expectStart();
    return createContainer(this.creationParts, request, options);
  }

  /** A container for one step of a build. If this daemon does not remove it, the next one does. */
  createBuildStep(request: ContainerRequest): CreatedContainer {
    return createContainer(this.creationParts, request, { isBuildStep: true });
  }

  /** Keeps the container of a build step, like any other container. */
  keepBuildStep(container: Container): void {
    this.store.saveSpec(container, { isBuildStep: undefined });
  }

  list(request: ListRequest, withSizes: boolean): Promise<ListedContainer[]> {
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
  usage(): Promise<ListedContainer[]> {
    return this.list({ all: true, limit: 0, filters: new Filters() }, true);
  }

  async inspect(container: Container, withSizes: boolean): Promise<InspectedContainer> {
    const { images, networks, hostFacts } = this.options;
    return inspectContainer(
      container,
      { store: this.store, exits: this.parts.exits, images, networks, hostFacts },
      withSizes ? await sizesOf(container, this.options.images) : undefined,
    );
  }

  /** The files that the container has changed, compared with its image. */
  changes(container: Container): Promise<FileChange[]> {
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
    return this.parts.removal.remove(container, reference, request);
  }

  /** Removes a link, named by its two ends: "own/alias". @throws BerthError */
  unlink(name: string): void {
    const { parent, links } = withoutLink(name, this.store);
    this.store.saveSpec(parent, { hostConfig: { ...parent.spec.hostConfig, links: links } });
    this.options.networks.relink(parent.id, links);
  }

  /** Stops, or removes, a container whose life was bound to that of a client which has disconnected. */
  async endWithClient(container: Container): Promise<void> {
    // A start that is under way comes first.
    await container.changes.run(async () => {});
    if (container.isRunning) await this.lifecycle.stop(container);
    else if (container.spec.hostConfig.autoRemove && container.state.life.status === "created") {
      await this.remove(container, container.id, { force: true, volumes: true });
    }
  }

  /** Changes limits, immediately if it runs, and the restart policy. Returns warnings. */
  update(container: Container, request: UpdateRequest): Promise<string[]> {
    const { cgroups, networks, hostFacts, events } = this.options;
    return container.changes.run(() =>
      updateContainer(container, request, { store: this.store, cgroups, networks, hostFacts, events }),
    );
  }

  wait(container: Container, condition: WaitCondition, signal: AbortSignal): Promise<number> {
    return waitFor(container, condition, this.options.events, signal);
  }

  /**
   * The selected part of the log as it is sent to the client; `signal` ends following.
   * @throws BerthError notImplemented for a driver that keeps no log.
   */
  logs(container: Container, query: Omit<LogQuery, "terminal">, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.parts.logs.read(container, query, signal);
  }

  async resize(container: Container, height: number, width: number): Promise<void> {
    if (!container.isRunning || !(await resizeTerminal(container.paths.bundle, height, width))) {
      throw new BerthError("conflict", `container ${container.id} is not running`);
    }
    const size = { height: String(height), width: String(width) };
    publish(this.options.events, container, "resize", size);
  }

  async top(container: Container, psArguments: string): Promise<ProcessTable> {
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
      if (!filters.labels("label", spec.config.labels)) continue;
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
      .filter(({ spec }) => spec.imageId === imageId || mountsImage(spec, imageId))
      .map((container) => ({ id: container.id, running: container.isRunning }));
  }

  private get creationParts(): CreationParts {
    const { config, images, networks, volumes, hostFacts, events, validate } = this.options;
    const runtimeOf = (name: string): OciRuntime => this.runtimeOf(name);
    return { config, store: this.store, images, networks, volumes, hostFacts, events, validate, runtimeOf };
  }

  private get listParts(): ListParts {
    const { images, networks } = this.options;
    return { images, networks, store: this.store, exits: this.parts.exits };
  }

  private instance(spec: ContainerSpec, state: ContainerState): Container {
    const { config } = this.options;
    return new Container(spec, state, containerPaths(config.dataRoot, config.execRoot, spec.id), () =>
      this.runtimeOf(spec.hostConfig.runtime),
    );
  }

  private runtimeOf(name: string): OciRuntime {
    const { config } = this.options;
    return this.parts.runtimes.find(name, config.runtimes);
  }
}

/** Whether one of the container's mounts of type `image` is of this image. */
function mountsImage({ mountPoints }: ContainerSpec, imageId: string): boolean {
  return mountPoints.some(({ type, source }) => type === "image" && source === imageId);
}
