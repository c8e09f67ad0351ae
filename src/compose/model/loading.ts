// State shared while loading a project's files, its includes and extended files: sources, options, warnings and the
// reading of one file.
import { dirname, isAbsolute, join, relative } from "node:path";
import { canonical } from "./canonical.ts";
import { ComposeError } from "./compose-error.ts";
import { interpolate } from "./interpolate.ts";
import { Origins } from "./origins.ts";
import type { Sources } from "./sources.ts";
import { withUniqueEntries } from "./unique.ts";
import { isMapping, type Mapping, type Path } from "./value.ts";
import { parseYaml, type YamlDocument } from "./yaml.ts";

export interface LoadOptions {
  interpolates: boolean;
  resolvesPaths: boolean;
  validates: boolean;
}

/** Where a set of files is read: relative paths in them start here. */
export interface Place {
  /** Absolute. */
  directory: string;
  /** Prefix of relative paths: the same directory, or one relative to the project's. */
  prefix: string;
  environment: ReadonlyMap<string, string>;
}

/** One document of a file before merging. */
export interface Layer {
  model: Mapping;
  resets: readonly Path[];
}

export class Loading {
  readonly origins = new Origins();
  readonly sources: Sources;
  readonly options: LoadOptions;
  readonly #parsed = new Map<string, Promise<YamlDocument[]>>();
  readonly #warned = new Set<string>();
  readonly #warn: (message: string) => void;

  constructor(sources: Sources, options: LoadOptions, warn: (message: string) => void) {
    this.sources = sources;
    this.options = options;
    this.#warn = warn;
  }

  /** Reports each warning once. */
  readonly warn = (message: string): void => {
    if (!this.#warned.has(message)) this.#warn(message);
    this.#warned.add(message);
  };

  /** The documents of a file, which is read only once. */
  parsed(file: string): Promise<YamlDocument[]> {
    const known = this.#parsed.get(file) ?? this.#parse(file);
    this.#parsed.set(file, known);
    return known;
  }

  async #parse(file: string): Promise<YamlDocument[]> {
    const documents = parseYaml(await this.sources.composeFile(file), file);
    this.origins.add(file, documents);
    return documents;
  }

  /** The layers of a file with their variables replaced. */
  async layers(file: string, { environment }: Pick<Place, "environment">): Promise<Layer[]> {
    return (await this.parsed(file))
      .filter(({ value }) => value !== null)
      .map(({ value, resets }) => {
        if (!isMapping(value)) throw new ComposeError(`${file}: top-level object must be a mapping`);
        if (!this.options.interpolates) return { model: value, resets };
        try {
          const lookup = (name: string) => environment.get(name);
          return { model: interpolate(value, { lookup, warn: this.warn }), resets };
        } catch (thrown) {
          throw this.origins.located(thrown);
        }
      });
  }

  /** The long syntax of a model with unique entries; only here are port ranges expanded. */
  canonical(model: Mapping): Mapping {
    return withUniqueEntries(canonical(model, { keepUnreadable: !this.options.interpolates, warn: this.warn }));
  }
}

/** The directory of a file, as a relative path where possible. */
export function relativeDirectory(from: Place, file: string): string {
  const directory = dirname(file);
  return isAbsolute(from.prefix) ? directory : join(from.prefix, relative(from.directory, directory));
}
