// Loads the files of a project into one model: each file is interpolated, extended with its includes and `extends`,
// merged over the previous ones, validated, and converted to the long syntax.
import { checkModel } from "./checks.ts";
import { ComposeError } from "./compose-error.ts";
import { withDefaults } from "./defaults.ts";
import { Extender } from "./extends.ts";
import { Includer } from "./include.ts";
import type { Loading, Place } from "./loading.ts";
import { merge, withoutPaths } from "./merge.ts";
import { resolvePaths } from "./paths.ts";
import { SECRET_VALUE } from "./project.ts";
import { projectFile } from "./schema/project.ts";
import { mostSpecific } from "./schema/schema.ts";
import { withUniqueEntries } from "./unique.ts";
import { isMapping, type Mapping, mapEntries, mapping, textAt, type Value, withEntries } from "./value.ts";

export class Loader {
  readonly #loading: Loading;

  constructor(loading: Loading) {
    this.#loading = loading;
  }

  /**
   * @param including the chain of including files, the outermost first
   * @throws ComposeError
   */
  async load(files: readonly string[], place: Place, including: readonly string[] = []): Promise<Mapping> {
    let model = mapping();
    for (const file of files) model = await this.#over(model, file, place, [...including, file]);
    try {
      model = withDefaults(model);
      if (this.#loading.options.validates) checkModel(model);
      if (this.#loading.options.resolvesPaths || including.length > 0) model = resolvePaths(model, place.prefix);
    } catch (thrown) {
      throw this.#loading.origins.located(thrown);
    }
    return withEnvironment(model, place.environment);
  }

  async #over(below: Mapping, file: string, place: Place, including: readonly string[]): Promise<Mapping> {
    let model = below;
    for (const layer of await this.#loading.layers(file, place)) {
      const included = await new Includer(this.#loading, (...call) => this.load(...call)).apply(
        layer,
        place,
        including,
      );
      const extended = await new Extender(this.#loading, place).apply(included, layer.resets, file);
      try {
        const merged = withUniqueEntries(merge(withoutPaths(model, layer.resets), extended));
        if (this.#loading.options.validates) this.#validate(merged);
        if (merged.version !== undefined) {
          this.#loading.warn(
            `${file}: the attribute \`version\` is obsolete, it will be ignored, please remove it to avoid potential confusion`,
          );
        }
        model = this.#loading.canonical(withEntries(merged, { version: undefined }));
      } catch (thrown) {
        throw this.#loading.origins.located(thrown);
      }
    }
    return model;
  }

  #validate(model: Mapping): void {
    const found = mostSpecific(projectFile.check(model));
    if (!found) return;
    const { path, words } = found;
    const place = this.#loading.origins.place(path);
    throw new ComposeError(`validating ${place}: ${path.length === 0 ? "" : `${path.join(".")} `}${words}`);
  }
}

/** Resolves variables that are declared without a value. */
function withEnvironment(model: Mapping, environment: ReadonlyMap<string, string>): Mapping {
  const changes: Record<string, Value> = {};
  if (isMapping(model.services)) {
    changes.services = mapEntries(model.services, (service) => {
      if (!isMapping(service) || !Array.isArray(service.environment)) return service;
      const resolved = service.environment.map((entry) => {
        const value = typeof entry === "string" ? environment.get(entry) : undefined;
        return value === undefined ? entry : `${entry}=${value}`;
      });
      return withEntries(service, { environment: resolved });
    });
  }
  for (const [key, content] of contentOf) {
    const resources = model[key];
    if (!isMapping(resources)) continue;
    changes[key] = mapEntries(resources, (resource) => {
      const name = isMapping(resource) ? textAt(resource, "environment") : undefined;
      const value = name === undefined ? undefined : environment.get(name);
      return isMapping(resource) && value !== undefined ? withEntries(resource, { [content]: value }) : resource;
    });
  }
  return withEntries(model, changes);
}

const contentOf = [
  ["configs", "content"],
  ["secrets", SECRET_VALUE],
] as const;
