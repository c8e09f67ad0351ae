// `extends`: merges a service over another one, from the same file or another.
import { dirname } from "node:path";
import { ComposeError } from "./compose-error.ts";
import { type Loading, type Place, relativeDirectory } from "./loading.ts";
import { merge, mergeAt, withoutPaths } from "./merge.ts";
import { resolvePath, resolvePaths } from "./paths.ts";
import { withUniqueEntries } from "./unique.ts";
import { isMapping, type Mapping, mapping, mappingAt, type Path, textAt, type Value, withEntries } from "./value.ts";

/** The services of one file, with the context needed to extend them. */
interface Origin {
  file: string;
  services: Map<string, Value>;
  resets: readonly Path[];
}

interface Link {
  service: string;
  file: string;
}

export class Extender {
  readonly #loading: Loading;
  readonly #place: Place;

  constructor(loading: Loading, place: Place) {
    this.#loading = loading;
    this.#place = place;
  }

  /** The model with every `extends` resolved. */
  async apply(model: Mapping, resets: readonly Path[], file: string): Promise<Mapping> {
    const { services } = model;
    if (services === undefined || services === null) return model;
    if (!isMapping(services)) throw this.#failure("services must be a mapping", ["services"]);
    const origin: Origin = { file, services: new Map(Object.entries(services)), resets };
    for (const name of Object.keys(services)) await this.#extend(name, origin, [], this.#place);
    return withEntries(model, { services: mapping(origin.services) });
  }

  #failure(words: string, path: Path): unknown {
    return this.#loading.origins.located(new ComposeError(words, path));
  }

  async #extend(name: string, origin: Origin, way: readonly Link[], place: Place): Promise<Value> {
    const service = origin.services.get(name) ?? null;
    if (service === null) return null;
    if (!isMapping(service)) {
      throw this.#failure(`services.${name} must be a mapping`, ["services", name]);
    }
    const { extends: extended } = service;
    if (extended === undefined) return service;
    const link = extendedService(extended);
    if (link.service === undefined) {
      throw this.#failure(`extends.${name}.service is required`, ["services", name, "extends"]);
    }
    const next = link.file === undefined ? { base: origin, place } : await this.#file(name, link.file, place);
    if (!next.base.services.has(link.service)) {
      const where = link.file === undefined ? "" : ` in ${link.file}`;
      const words = `cannot extend service ${JSON.stringify(name)} in ${origin.file}: service ${JSON.stringify(link.service)} not found${where}`;
      throw this.#failure(words, ["services", name, "extends"]);
    }
    const base = await this.#extend(
      link.service,
      next.base,
      tracked(way, { service: name, file: next.base.file }),
      next.place,
    );
    const merged = isMapping(base) ? this.#merged(name, base, service, origin) : service;
    const made = withEntries(merged, { extends: undefined });
    origin.services.set(name, made);
    return made;
  }

  #merged(name: string, base: Mapping, service: Mapping, { resets }: Origin): Mapping {
    const wrapped = mapping([["services", mapping([[name, base]])]]);
    const kept = mappingAt(mappingAt(withoutPaths(wrapped, resets), "services"), name);
    try {
      const merged = mergeAt(kept, service, ["services", name]);
      return isMapping(merged) ? merged : kept;
    } catch (thrown) {
      throw this.#loading.origins.located(thrown);
    }
  }

  /** The services of another file, with paths relative to this one. */
  async #file(name: string, file: string, place: Place): Promise<{ base: Origin; place: Place }> {
    const path = (await this.#loading.sources.fetched(file)) ?? resolvePath(place.directory, file);
    const prefix = relativeDirectory(place, path);
    const inner: Place = { directory: dirname(path), prefix, environment: place.environment };
    let model = mapping();
    const resets: Path[] = [];
    for (const layer of await this.#loading.layers(path, place)) {
      model = merge(withoutPaths(model, layer.resets), layer.model);
      resets.push(...layer.resets);
    }
    try {
      model = resolvePaths(this.#loading.canonical(withUniqueEntries(model)), prefix);
    } catch (thrown) {
      throw this.#loading.origins.located(thrown);
    }
    const { services } = model;
    const cannot = `cannot extend service ${JSON.stringify(name)} in ${path}`;
    if (!isMapping(services)) {
      const reason = services === undefined ? "no services section" : "services must be a mapping";
      throw this.#failure(`${cannot}: ${reason}`, ["services", name, "extends"]);
    }
    return { base: { file: path, services: new Map(Object.entries(services)), resets }, place: inner };
  }
}

function extendedService(value: Value): { service: string | undefined; file: string | undefined } {
  if (isMapping(value)) return { service: textAt(value, "service"), file: textAt(value, "file") };
  return { service: typeof value === "string" ? value : undefined, file: undefined };
}

/** @throws ComposeError for a cycle */
function tracked(way: readonly Link[], next: Link): Link[] {
  const known = way.some(({ service, file }) => service === next.service && file === next.file);
  if (!known) return [...way, next];
  const [first, ...rest] = [...way, next];
  const lines = rest.map(({ service, file }) => `  extends ${service} in ${file}`);
  throw new ComposeError(["Circular reference:", `  ${first?.service} in ${first?.file}`, ...lines].join("\n"));
}
