// Converges the containers of a project to its files: up-to-date containers are kept, changed ones are recreated with
// their anonymous volumes, surplus ones are removed, missing ones are created. Nothing is started here.
import type { ContainerSummary } from "../../client/index.ts";
import { serviceHash } from "../model/hash.ts";
import { dependentsOf, imageOf, type Project, type Service, scaleOf } from "../model/project.ts";
import { containerName, type Separator } from "./container-names.ts";
import { containerRequest } from "./container-request.ts";
import { createContainer } from "./create-container.ts";
import type { Engine } from "./engine.ts";
import { label } from "./labels.ts";
import type { Inheritance } from "./mounts.ts";
import { type ObservedContainer, observeContainers, orphansOf } from "./observed.ts";
import { inDependencyOrder, inParallel } from "./order.ts";
import { type Progress, withProgress } from "./progress.ts";
import { linksOf, sharesWith, withReferences } from "./references.ts";

export type RecreatePolicy = "diverged" | "force" | "never";

export interface ConvergeOptions {
  separator: Separator;
  parallel: number | undefined;
  /** For the selected services and their dependencies. */
  recreate: RecreatePolicy;
  recreateDependencies: RecreatePolicy;
  /** The selected services; empty selects all. */
  services: readonly string[];
  /** Whether a recreated container keeps its anonymous volumes. */
  inherits: boolean;
  /** Seconds between stop and kill. */
  timeout: number | undefined;
  removesOrphans: boolean;
  ignoresOrphans: boolean;
  /** IDs of images by name. */
  images: ReadonlyMap<string, string>;
  platform: string | undefined;
}

interface Known {
  id: string;
  name: string;
}

export class Converger {
  readonly #engine: Engine;
  readonly #progress: Progress;
  readonly #project: Project;
  readonly #options: ConvergeOptions;
  readonly #containers = new Map<string, Known[]>();
  readonly #recreated = new Set<string>();

  constructor(engine: Engine, progress: Progress, project: Project, options: ConvergeOptions) {
    this.#engine = engine;
    this.#progress = progress;
    this.#project = project;
    this.#options = options;
  }

  async run(): Promise<void> {
    const observed = await observeContainers(this.#engine, this.#project.name, { oneOffs: true });
    await this.#orphans(orphansOf(this.#project, observed));
    const kept = observed.filter(({ isOneOff }) => !isOneOff);
    const byService = Map.groupBy(kept, ({ service }) => service);
    for (const [service, containers] of byService) this.#containers.set(service, containers);
    await inDependencyOrder(this.#project, async (name) => {
      const service = this.#project.services.get(name);
      if (service && !service.provider) await this.#converge(service, byService.get(name) ?? []);
    });
  }

  async #orphans(orphans: readonly ObservedContainer[]): Promise<void> {
    if (orphans.length === 0) return;
    if (this.#options.removesOrphans) {
      await inParallel(orphans, this.#options.parallel, (container) => this.#remove(container));
    } else if (!this.#options.ignoresOrphans) {
      const names = orphans.map(({ name }) => name).join(" ");
      this.#progress.warn(
        `Found orphan containers ([${names}]) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.`,
      );
    }
  }

  readonly #containersOf = (service: string): readonly Known[] => this.#containers.get(service) ?? [];

  async #converge(service: Service, containers: readonly ObservedContainer[]): Promise<void> {
    const resolved = withReferences(service, this.#containersOf);
    const hash = serviceHash(resolved);
    const wanted = scaleOf(service);
    const mustRecreate = (container: ObservedContainer) => this.#mustRecreate(service, hash, container);
    // Remove outdated containers first, then the newest of the others.
    const sorted = [...containers].sort(
      (a, b) => Number(mustRecreate(a)) - Number(mustRecreate(b)) || a.number - b.number,
    );
    const [kept, surplus] = [sorted.slice(0, wanted), sorted.slice(wanted)];
    const known: Known[] = [];
    await inParallel(surplus, this.#options.parallel, (container) => this.#remove(container));
    const changing = kept.filter(mustRecreate);
    for (const container of kept.filter((candidate) => !changing.includes(candidate))) {
      known.push(container);
      const { isRunning, summary, name } = container;
      if (isRunning && summary.State !== "paused") {
        this.#progress.tell({ id: `Container ${name}`, state: "done", text: "Running" });
      }
    }
    if (changing.length > 0) {
      this.#recreated.add(service.name);
      await this.#stopDependents(service.name);
    }
    await inParallel(changing, this.#options.parallel, async (container) => {
      known.push(await this.#recreate(resolved, container));
    });
    const next = Math.max(0, ...containers.map(({ number }) => number)) + 1;
    const missing = Array.from({ length: Math.max(0, wanted - containers.length) }, (_, index) => next + index);
    await inParallel(missing, this.#options.parallel, async (number) => {
      known.push(await this.#create(resolved, number));
    });
    this.#containers.set(service.name, known);
  }

  #mustRecreate(service: Service, hash: string, { summary }: ObservedContainer): boolean {
    const { services, recreate, recreateDependencies, images } = this.#options;
    const isNamed = services.length === 0 || services.includes(service.name);
    const policy = isNamed ? recreate : recreateDependencies;
    if (policy !== "diverged") return policy === "force";
    if ([...this.#recreated].some((name) => sharesWith(service, name))) return true;
    if (summary.Labels[label.configHash] !== hash) return true;
    const image = images.get(imageOf(service, this.#project, this.#options.separator));
    const known = summary.Labels[label.image] ?? summary.ImageID;
    if (image !== undefined && known !== image) return true;
    return this.#lacksNetwork(service, summary) || this.#lacksVolume(service, summary);
  }

  /** The container is still attached to a network that was recreated. */
  #lacksNetwork(service: Service, { NetworkSettings }: ContainerSummary): boolean {
    const names = Object.keys(service.networks ?? {}).flatMap((key) => this.#project.networks.get(key)?.name ?? []);
    return names.some((name) => NetworkSettings.Networks[name] === undefined);
  }

  #lacksVolume(service: Service, { Mounts }: ContainerSummary): boolean {
    return (service.volumes ?? []).some(({ type, source }) => {
      if (type !== "volume" || !source) return false;
      const name = this.#project.volumes.get(source)?.name;
      return name !== undefined && !Mounts.some((mount) => mount.Name === name);
    });
  }

  /** Services to restart together with this one. */
  async #stopDependents(name: string): Promise<void> {
    const dependents = [...dependentsOf(this.#project, name)].filter(([, { restart }]) => restart);
    for (const [dependent] of dependents) {
      for (const { id, name: container } of this.#containersOf(dependent)) {
        await withProgress(this.#progress, `Container ${container}`, ["Stopping", "Stopped"], () =>
          this.#engine.containers.stop(id, { timeout: this.#options.timeout }),
        );
      }
    }
  }

  async #remove({ id, name }: ObservedContainer): Promise<void> {
    await withProgress(this.#progress, `Container ${name}`, ["Stopping", "Stopped"], () =>
      this.#engine.containers.stop(id, { timeout: this.#options.timeout }),
    );
    await withProgress(this.#progress, `Container ${name}`, ["Removing", "Removed"], () =>
      this.#engine.containers.remove(id, { force: true }),
    );
  }

  async #create(service: Service, number: number): Promise<Known> {
    const name = containerName(this.#project, service, number, this.#options.separator);
    return withProgress(this.#progress, `Container ${name}`, ["Creating", "Created"], () =>
      this.#make(service, number, name),
    );
  }

  /** Creates the replacement first and then removes the old container. */
  async #recreate(service: Service, old: ObservedContainer): Promise<Known> {
    const { separator, timeout, inherits } = this.#options;
    const name = containerName(this.#project, service, old.number, separator);
    return withProgress(this.#progress, `Container ${name}`, ["Recreate", "Recreated"], async () => {
      const inheritance = inherits ? await this.#inheritance(service, old.summary) : undefined;
      const temporary = `${old.id.slice(0, 12)}_${name}`;
      const replaces = service.container_name || `${service.name}${separator}${old.number}`;
      const { id } = await this.#make(service, old.number, temporary, { inheritance, replaces });
      await this.#engine.containers.stop(old.id, { timeout });
      await this.#engine.containers.remove(old.id, {});
      await this.#engine.containers.rename(id, name);
      return { id, name };
    });
  }

  async #inheritance(service: Service, { Mounts }: ContainerSummary): Promise<Inheritance | undefined> {
    if (Mounts.length === 0) return undefined;
    const { Config } = await this.#engine.images.inspect(imageOf(service, this.#project, this.#options.separator));
    return { mounts: Mounts, imageVolumes: new Set(Object.keys(Config?.Volumes ?? {})) };
  }

  async #make(
    service: Service,
    number: number,
    name: string,
    more: { inheritance?: Inheritance | undefined; replaces?: string } = {},
  ): Promise<Known> {
    const { separator, images, platform } = this.#options;
    const request = containerRequest(this.#project, service, {
      number,
      name,
      separator,
      imageId: images.get(imageOf(service, this.#project, separator)),
      links: linksOf(this.#project, service, number, separator, this.#containersOf),
      usesAliases: true,
      warn: (message) => this.#progress.warn(message),
      ...more,
    });
    const { Id, Warnings } = await createContainer(this.#engine, request, {
      name,
      platform: service.platform || platform,
    });
    for (const warning of Warnings ?? []) this.#progress.warn(warning);
    return { id: Id, name };
  }
}
