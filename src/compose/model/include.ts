// `include`: loads other projects' files into this one, each with its own directory and environment.
import { dirname, isAbsolute, join } from "node:path";
import { ComposeError } from "./compose-error.ts";
import { parseDotenv } from "./dotenv.ts";
import { type Layer, type Loading, type Place, relativeDirectory } from "./loading.ts";
import { mergeAt, withoutPaths } from "./merge.ts";
import { resolvePath } from "./paths.ts";
import { type Include, include as includeForm } from "./schema/project.ts";
import { mostSpecific } from "./schema/schema.ts";
import { isMapping, type Mapping, mapping, type Path, type Value, withEntries } from "./value.ts";

const RESOURCES = ["services", "volumes", "networks", "secrets", "configs", "models"];

/** Maximum nesting depth. */
const MAX_INCLUDES = 100;

/** Loads the files of one project; `including` is the chain of files that include them. */
type Load = (files: readonly string[], place: Place, including: readonly string[]) => Promise<Mapping>;

export class Includer {
  readonly #loading: Loading;
  readonly #load: Load;

  constructor(loading: Loading, load: Load) {
    this.#loading = loading;
    this.#load = load;
  }

  /** The layer with everything that it includes; its own values take precedence. */
  async apply({ model, resets }: Layer, place: Place, including: readonly string[]): Promise<Mapping> {
    const { include } = model;
    if (include === undefined || include === null) return withEntries(model, { include: undefined });
    if (!Array.isArray(include)) throw this.#failure("`include` must be a list", ["include"]);
    let made = withEntries(model, { include: undefined });
    for (const [index, entry] of include.entries()) {
      const path = ["include", String(index)];
      const complaint = mostSpecific(includeForm.check(entry));
      if (complaint) {
        const at = [...path, ...complaint.path];
        const failure = new ComposeError(`${at.join(".")} ${complaint.words}`, at);
        throw this.#loading.origins.located(failure, "validating");
      }
      const imported = await this.#import(includeForm.read(entry, path, { extensions: false }), place, including);
      made = withImported(made, imported, resets);
    }
    return made;
  }

  #failure(words: string, path: Path): unknown {
    return this.#loading.origins.located(new ComposeError(words, path));
  }

  async #import(include: Include, place: Place, including: readonly string[]): Promise<Mapping> {
    const names = include.path ?? [];
    const files = await Promise.all(
      names.map(async (name) => (await this.#loading.sources.fetched(name)) ?? resolvePath(place.directory, name)),
    );
    const [main = ""] = files;
    if (including.includes(main)) {
      throw new ComposeError(`include cycle detected:\n${[...including, main].join("\n include ")}`);
    }
    if (including.length > MAX_INCLUDES) throw new ComposeError(`more than ${MAX_INCLUDES} files include each other`);
    const { project_directory: asked } = include;
    const directory = asked === undefined ? dirname(main) : resolvePath(place.directory, asked);
    const environment = await this.#environment(include.env_file ?? [], directory, place);
    const inner: Place = { directory, prefix: this.#prefix(main, asked, place), environment };
    return this.#load(files, inner, including);
  }

  #prefix(main: string, asked: string | undefined, place: Place): string {
    if (asked === undefined) return relativeDirectory(place, main);
    if (isAbsolute(asked)) return asked;
    return relativeDirectory(place, join(place.directory, asked, "compose.yaml"));
  }

  /** The environment of the including project, plus the variables of the included project's files. */
  async #environment(files: readonly string[], directory: string, place: Place): Promise<ReadonlyMap<string, string>> {
    const { sources } = this.#loading;
    const ownFile = join(directory, ".env");
    const paths =
      files.length > 0
        ? files.filter((file) => file !== "/dev/null").map((file) => resolvePath(place.directory, file))
        : sources.isFile(ownFile)
          ? [ownFile]
          : [];
    const variables = new Map<string, string>();
    for (const path of paths) {
      // Compose's message differs for relative and absolute paths.
      const isRelative = !files.includes(path);
      if (sources.isDirectory(path)) throw new ComposeError(`${path} is ${isRelative ? "not a file" : "a directory"}`);
      const text = await sources.variables(path);
      if (text === undefined) {
        throw new ComposeError(
          isRelative ? `stat ${path}: no such file or directory` : `couldn't find env file: ${path}`,
        );
      }
      try {
        parseDotenv(text, variables, (name) => place.environment.get(name) ?? variables.get(name));
      } catch (thrown) {
        if (!(thrown instanceof ComposeError)) throw thrown;
        throw new ComposeError(`failed to read ${path}: ${thrown.message}`);
      }
    }
    return new Map([...variables, ...place.environment]);
  }
}

function withImported(model: Mapping, imported: Mapping, resets: readonly Path[]): Mapping {
  const changes: Record<string, Value> = {};
  for (const kind of RESOURCES) {
    const from = imported[kind];
    if (!isMapping(from)) continue;
    const own = model[kind];
    const to = isMapping(own) ? own : mapping();
    const resources = Object.entries(from).map(([name, resource]): [string, Value] => {
      const conflict = to[name];
      if (conflict === undefined) return [name, resource];
      const kept = withoutPaths(mapping([[kind, mapping([[name, resource]])]]), resets)[kind];
      const base = isMapping(kept) ? (kept[name] ?? mapping()) : mapping();
      return [name, mergeAt(base, conflict, [kind, name])];
    });
    changes[kind] = mapping([...Object.entries(to), ...resources]);
  }
  return withEntries(model, changes);
}
