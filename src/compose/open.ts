// Opens the project of a command line: finds its files, loads them, and restricts the result to the selected services.
import { realpathSync } from "node:fs";
import { basename } from "node:path";
import { ComposeError } from "./model/compose-error.ts";
import { checkConsistency } from "./model/consistency.ts";
import {
  checkProjectName,
  Discoverer,
  type Discovery,
  type DiscoveryOptions,
  nameOfDirectory,
  normalProjectName,
} from "./model/discovery.ts";
import { Loader } from "./model/load.ts";
import { Loading } from "./model/loading.ts";
import { normalize } from "./model/normalize.ts";
import { type Project, readProject, withEnabled, withoutUnused, withSelected } from "./model/project.ts";
import { withEnvironmentFiles, withLabelFiles } from "./model/service-files.ts";
import type { Sources } from "./model/sources.ts";
import { substitute } from "./model/template.ts";
import { isMapping, type Mapping } from "./model/value.ts";

export interface OpenOptions extends DiscoveryOptions {
  /** --project-name. */
  projectName: string | undefined;
  /** --profile; empty when not given. */
  profiles: readonly string[];
  /** The selected services; empty selects all. */
  services: readonly string[];
  interpolates: boolean;
  normalizes: boolean;
  resolvesPaths: boolean;
  checksConsistency: boolean;
  /** Reads the env files of services. */
  resolvesEnvironment: boolean;
  validates: boolean;
  /** Keeps networks, volumes and other resources that no service uses. */
  keepsUnused: boolean;
  /** Keeps attributes that begin with "x-". */
  keepsExtensions: boolean;
}

export const defaultOpenOptions = {
  services: [],
  interpolates: true,
  normalizes: true,
  resolvesPaths: true,
  checksConsistency: true,
  resolvesEnvironment: true,
  validates: true,
  keepsUnused: false,
  keepsExtensions: false,
} as const;

export interface Model {
  name: string;
  tree: Mapping;
  discovery: Discovery;
  loading: Loading;
}

export class Opener {
  readonly #sources: Sources;
  readonly #options: OpenOptions;
  readonly #warn: (message: string) => void;

  constructor(sources: Sources, options: OpenOptions, warn: (message: string) => void) {
    this.#sources = sources;
    this.#options = options;
    this.#warn = warn;
  }

  /**
   * The merged files, before conversion to a project.
   * @throws ComposeError
   */
  async model(): Promise<Model> {
    const { interpolates, resolvesPaths, validates, normalizes } = this.#options;
    const discovery = await new Discoverer(this.#options, this.#sources, this.#warn).run();
    const { files, directory } = discovery;
    if (files.length === 0) throw new ComposeError("no configuration file provided: not found");
    const loading = new Loading(this.#sources, { interpolates, resolvesPaths, validates }, this.#warn);
    const name = await this.#projectName(discovery, loading);
    const environment = new Map([...discovery.environment, ["COMPOSE_PROJECT_NAME", name]]);
    const loaded = await new Loader(loading).load(files, { directory, prefix: directory, environment });
    if (Object.keys(loaded).length === 0) throw new ComposeError("empty compose file");
    if (validates && name === "") throw new ComposeError("project name must not be empty");
    const tree = normalizes ? normalize(loaded, name, environment) : loaded;
    return { name, tree, discovery: { ...discovery, environment }, loading };
  }

  /** @throws ComposeError */
  async project(): Promise<Project> {
    const options = this.#options;
    const { name, tree, discovery, loading } = await this.model();
    try {
      const setting = {
        name,
        ...discovery,
        environmentFiles: options.environmentFiles,
        profiles: this.#profiles(discovery),
      };
      let project = readProject(tree, setting, { extensions: options.keepsExtensions });
      if (options.checksConsistency) checkConsistency(project);
      project = withSelected(withEnabled(project, options.services), options.services);
      if (!options.keepsUnused) project = withoutUnused(project);
      if (options.resolvesEnvironment) project = await withEnvironmentFiles(project, this.#sources);
      return await withLabelFiles(project, this.#sources);
    } catch (thrown) {
      throw loading.origins.located(thrown);
    }
  }

  #profiles({ environment }: Discovery): string[] {
    const { profiles } = this.#options;
    if (profiles.length > 0) return [...profiles];
    return (environment.get("COMPOSE_PROFILES") ?? "").split(",").map((profile) => profile.trim());
  }

  async #projectName(discovery: Discovery, loading: Loading): Promise<string> {
    const asked = this.#options.projectName || discovery.environment.get("COMPOSE_PROJECT_NAME");
    if (asked) {
      checkProjectName(asked);
      return asked;
    }
    const { directory, environment } = discovery;
    const written = await nameInFiles(discovery, loading);
    if (written !== undefined) {
      const name = this.#options.interpolates
        ? substitute(
            written,
            (variable) => environment.get(variable),
            () => undefined,
          )
        : written;
      const normal = this.#options.normalizes ? normalProjectName(name) : name;
      if (normal !== "") return normal;
    }
    const name = nameOfDirectory(directory);
    if (basename(realPath(directory)) !== basename(directory)) {
      this.#warn(
        `project has been loaded without an explicit name from a symlink. Using name "${basename(directory)}"`,
      );
    }
    return name;
  }
}

/** The `name` of the last file that has one. */
async function nameInFiles({ files }: Discovery, loading: Loading): Promise<string | undefined> {
  let name: string | undefined;
  for (const file of files) {
    for (const { value } of await loading.parsed(file)) {
      if (isMapping(value) && typeof value.name === "string" && value.name !== "") name = value.name;
    }
  }
  return name;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
