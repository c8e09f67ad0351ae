// Takes a project down: removes its containers, its networks, and on request its volumes and images.
import type { Project, Service } from "../model/project.ts";
import { imageOf } from "../model/project.ts";
import type { Separator } from "./container-names.ts";
import type { Engine } from "./engine.ts";
import { isConflict, isNotFound } from "./failures.ts";
import { label, projectFilter } from "./labels.ts";
import { type ObservedContainer, observeContainers } from "./observed.ts";
import { inParallel } from "./order.ts";
import { removeHookContainers } from "./pre-start.ts";
import type { Progress } from "./progress.ts";
import { Stopper } from "./stop.ts";

export interface DownOptions {
  /** Empty selects all. */
  services: readonly string[];
  removesOrphans: boolean;
  volumes: boolean;
  /** Images to remove: none, those without a custom name, or all. */
  images: "none" | "local" | "all";
  timeout: number | undefined;
  parallel: number | undefined;
  separator: Separator;
}

export class Remover {
  readonly #engine: Engine;
  readonly #progress: Progress;
  readonly #project: Project;
  readonly #options: DownOptions;

  constructor(engine: Engine, progress: Progress, project: Project, options: DownOptions) {
    this.#engine = engine;
    this.#progress = progress;
    this.#project = project;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { services, removesOrphans, volumes, timeout, parallel, images } = this.#options;
    const containers = await observeContainers(this.#engine, this.#project.name, { oneOffs: removesOrphans });
    const stopper = new Stopper(this.#engine, this.#progress, this.#project, { services, timeout, parallel });
    await stopper.remove(containers, volumes);
    if (removesOrphans) await stopper.removeOrphans(containers, false);
    await removeHookContainers(this.#engine, this.#progress, this.#project.name, services);
    if (services.length > 0) return;
    const networks = await this.#networks();
    const volumeNames = volumes ? await this.#volumes() : [];
    const imageNames = images === "none" ? [] : this.#images();
    if (containers.length + networks.length + volumeNames.length + imageNames.length === 0) {
      this.#progress.warn(`Warning: No resource found to remove for project "${this.#project.name}".`);
    }
    await Promise.all([
      inParallel(networks, parallel, ({ id, name }) => this.#remove(`Network ${name}`, () => this.#removeNetwork(id))),
      inParallel(volumeNames, parallel, (name) =>
        this.#remove(`Volume ${name}`, () => this.#engine.volumes.remove(name, { force: true })),
      ),
      inParallel(imageNames, parallel, (name) =>
        this.#remove(`Image ${name}`, async () => {
          await this.#engine.images.remove(name);
        }),
      ),
    ]);
  }

  async #networks(): Promise<{ id: string; name: string }[]> {
    const external = new Set(
      [...this.#project.networks.values()].flatMap(({ external: isExternal, name }) =>
        isExternal && name ? [name] : [],
      ),
    );
    const found = await this.#engine.networks.list(projectFilter(this.#project.name));
    return found.filter(({ Name }) => !external.has(Name)).map(({ Id, Name }) => ({ id: Id, name: Name }));
  }

  async #removeNetwork(id: string): Promise<void> {
    await this.#engine.networks.remove(id);
  }

  async #volumes(): Promise<string[]> {
    const { Volumes } = await this.#engine.volumes.list(projectFilter(this.#project.name));
    const known = [...this.#project.volumes].flatMap(([key, { external, name = key }]) => (external ? [] : [name]));
    return (Volumes ?? []).map(({ Name }) => Name).filter((name) => known.length === 0 || known.includes(name));
  }

  #images(): string[] {
    const { images, separator } = this.#options;
    const services: Service[] = [...this.#project.services.values()];
    const wanted = services.filter((service) => images === "all" || (service.build && !service.image));
    return [...new Set(wanted.map((service) => imageOf(service, this.#project, separator)))];
  }

  async #remove(id: string, work: () => Promise<void>): Promise<void> {
    this.#progress.tell({ id, state: "working", text: "Removing" });
    try {
      await work();
      this.#progress.tell({ id, state: "done", text: "Removed" });
    } catch (thrown) {
      if (isNotFound(thrown)) {
        this.#progress.tell({ id, state: "done", text: "Warning: No resource found to remove" });
      } else if (isConflict(thrown) || isInUse(thrown)) {
        this.#progress.tell({ id, state: "warning", text: "Resource is still in use" });
      } else {
        this.#progress.tell({ id, state: "error", text: "Error" });
        throw thrown;
      }
    }
  }
}

/** Some engines answer 403 for a network in use. */
function isInUse(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes("has active endpoints");
}

/** A project known only from its containers, for commands without a Compose file. */
export function projectOfContainers(name: string, containers: readonly ObservedContainer[], base: Project): Project {
  const services = new Map<string, Service>();
  for (const { service, summary } of containers) {
    if (service === "") continue;
    const dependencies = (summary.Labels[label.dependsOn] ?? "").split(",").flatMap((entry) => {
      const [dependency = "", condition = "service_started", restart] = entry.split(":");
      return dependency === ""
        ? []
        : [[dependency, { condition, restart: restart === "true", required: true }] as const];
    });
    services.set(service, { name: service, image: summary.Image, depends_on: Object.fromEntries(dependencies) });
  }
  return { ...base, name, services };
}
