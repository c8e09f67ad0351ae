// Finds, pulls or builds the images of a project's services, by their pull policies.
import type { ImageInspect } from "../../client/index.ts";
import { ComposeError } from "../model/compose-error.ts";
import { imageOf, imagesOf, type Project, type Service } from "../model/project.ts";
import { parseDuration } from "../model/quantities.ts";
import type { Separator } from "./container-names.ts";
import type { Engine } from "./engine.ts";
import { isNotFound } from "./failures.ts";
import { inParallel } from "./order.ts";
import type { Progress } from "./progress.ts";

/** Provides images: the command line has the registry credentials and sends builds. */
export interface ImageMaker {
  pull(image: string, service: Service): Promise<void>;
  /** @throws when one of them fails */
  build(services: readonly Service[]): Promise<void>;
}

export interface ImageOptions {
  separator: Separator;
  parallel: number | undefined;
  /** --pull; undefined uses the services' own policies. */
  pull: "always" | "missing" | "never" | "build" | undefined;
  /** --build builds all, --no-build none. */
  build: "always" | "missing" | "never";
}

const DAY = 24 * 3600e9;

/** Nanoseconds after which a tag is checked again; undefined for policies without an interval. */
function refreshInterval(policy: string): number | undefined {
  if (policy === "daily") return DAY;
  if (policy === "weekly") return 7 * DAY;
  return policy.startsWith("every_") ? parseDuration(policy.slice("every_".length)) : undefined;
}

export class Images {
  readonly #engine: Engine;
  readonly #maker: ImageMaker;
  readonly #project: Project;
  readonly #options: ImageOptions;
  readonly #progress: Progress;

  constructor(engine: Engine, maker: ImageMaker, project: Project, progress: Progress, options: ImageOptions) {
    this.#engine = engine;
    this.#maker = maker;
    this.#project = project;
    this.#progress = progress;
    this.#options = options;
  }

  /** Image IDs by name, after every service has its images. @throws ComposeError */
  async ensure(): Promise<ReadonlyMap<string, string>> {
    const services = [...this.#project.services.values()].filter(({ provider }) => !provider);
    const separator = this.#options.separator;
    const names = new Set(services.flatMap((service) => imagesOf(service, this.#project)));
    if (separator === "_") for (const service of services) names.add(imageOf(service, this.#project, separator));
    const local = await this.#inspectAll(names);
    const pulls = new Map<string, Service>();
    const builds: Service[] = [];
    for (const service of services) {
      const [main = "", ...others] = imagesOf(
        { ...service, image: imageOf(service, this.#project, separator) },
        this.#project,
      );
      if (this.#mustBuild(service, local.get(main))) builds.push(service);
      else if (!this.#isBuiltByOther(service, main) && this.#mustPull(service, local.get(main)))
        pulls.set(main, service);
      for (const image of others) if (!local.has(image) && !this.#isOwn(image)) pulls.set(image, service);
    }
    const failed = await this.#pullAll(pulls, local);
    await this.#buildAll([...builds, ...failed]);
    const changed = [...pulls.keys(), ...builds.map((service) => imageOf(service, this.#project, separator))];
    for (const [name, image] of await this.#inspectAll(new Set(changed))) local.set(name, image);
    return new Map([...local].map(([name, { Id }]) => [name, Id]));
  }

  /** Whether a service runs the image that another one builds. */
  #isBuiltByOther(service: Service, image: string): boolean {
    return !service.build && this.#isOwn(image);
  }

  /** Whether an image is one that the project builds. */
  #isOwn(image: string): boolean {
    return [...this.#project.services.values()].some(
      (service) => service.build && imageOf(service, this.#project, this.#options.separator) === image,
    );
  }

  async #inspectAll(names: ReadonlySet<string>): Promise<Map<string, ImageInspect>> {
    const found = new Map<string, ImageInspect>();
    await inParallel(names, undefined, async (name) => {
      try {
        found.set(name, await this.#engine.images.inspect(name));
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
    });
    return found;
  }

  #policyOf({ pull_policy: own = "" }: Service): string {
    return this.#options.pull ?? own;
  }

  #mustBuild(service: Service, local: ImageInspect | undefined): boolean {
    if (!service.build || this.#options.build === "never") return false;
    if (this.#options.build === "always" || this.#policyOf(service) === "build") return true;
    // With both `image` and `build`, try to pull first and build when that fails.
    return !local && (!service.image || ["", "missing", "never"].includes(this.#policyOf(service)));
  }

  #mustPull(service: Service, local: ImageInspect | undefined): boolean {
    const policy = this.#policyOf(service);
    const { image } = service;
    if (!image) {
      if (local || service.build) return false;
      throw new ComposeError(`service "${service.name}" has no image to pull`);
    }
    if (policy === "never" || policy === "build") {
      if (local || service.build) return false;
      throw new ComposeError(`No such image: ${image}`);
    }
    if (policy === "always") return true;
    if (!local) return true;
    const interval = refreshInterval(policy);
    if (interval === undefined) return false;
    const age = (Date.now() - Date.parse(local.Metadata?.LastTagTime ?? local.Created)) * 1e6;
    return age > interval;
  }

  /** Services whose image cannot be pulled but can be built. */
  async #pullAll(pulls: ReadonlyMap<string, Service>, local: ReadonlyMap<string, ImageInspect>): Promise<Service[]> {
    const toBuild: Service[] = [];
    await inParallel(pulls, this.#options.parallel, async ([image, service]) => {
      const id = `Image ${image}`;
      this.#progress.tell({ id, state: "working", text: "Pulling" });
      try {
        await this.#maker.pull(image, service);
        this.#progress.tell({ id, state: "done", text: "Pulled" });
      } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        if (service.build && this.#options.build !== "never") {
          this.#progress.tell({ id, state: "warning", text: message });
          toBuild.push(service);
        } else if (local.has(image) && this.#policyOf(service) !== "always") {
          this.#progress.tell({ id, state: "warning", text: message });
        } else {
          this.#progress.tell({ id, state: "error", text: "Error" });
          throw thrown;
        }
      }
    });
    return toBuild;
  }

  async #buildAll(services: readonly Service[]): Promise<void> {
    if (services.length > 0) await this.#maker.build(services);
  }
}
