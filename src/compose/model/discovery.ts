// Determines the files, directory and name of the project.
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { ComposeError } from "./compose-error.ts";
import { parseDotenv } from "./dotenv.ts";
import type { Sources } from "./sources.ts";

const FILE_NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

const OVERRIDE_NAMES = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

export interface DiscoveryOptions {
  /** --file; empty when not given. */
  files: readonly string[];
  /** --project-directory. */
  projectDirectory: string | undefined;
  /** --env-file; empty when not given. */
  environmentFiles: readonly string[];
  /** The process environment. */
  environment: Readonly<Record<string, string | undefined>>;
  currentDirectory: string;
}

export interface Discovery {
  /** Absolute, or "-". */
  files: readonly string[];
  /** Absolute. */
  directory: string;
  environment: ReadonlyMap<string, string>;
}

export class Discoverer {
  readonly #options: DiscoveryOptions;
  readonly #sources: Sources;
  readonly #warn: (message: string) => void;

  constructor(options: DiscoveryOptions, sources: Sources, warn: (message: string) => void) {
    this.#options = options;
    this.#sources = sources;
    this.#warn = warn;
  }

  /** @throws ComposeError */
  async run(): Promise<Discovery> {
    const { currentDirectory, environment: own } = this.#options;
    const environment = new Map<string, string>([["PWD", currentDirectory]]);
    for (const [name, value] of Object.entries(own)) if (value !== undefined) environment.set(name, value);
    // Once for COMPOSE_FILE, and again when that points to another directory.
    await this.#addVariables(environment, this.#directory([]));
    const files = await this.#files(environment);
    const directory = this.#directory(files);
    await this.#addVariables(environment, directory);
    return { files, directory, environment };
  }

  #directory(found: readonly string[]): string {
    const { projectDirectory, files, currentDirectory } = this.#options;
    if (projectDirectory !== undefined) return resolve(currentDirectory, projectDirectory);
    const [first] = (found.length > 0 ? found : files).filter((file) => file !== "-");
    return first === undefined ? currentDirectory : dirname(resolve(currentDirectory, first));
  }

  async #files(environment: ReadonlyMap<string, string>): Promise<string[]> {
    const { files, currentDirectory } = this.#options;
    const listed = files.length > 0 ? files : this.#listed(environment);
    if (listed.length === 0) return this.#default();
    const found: string[] = [];
    for (const file of listed) {
      const path = file === "-" ? file : ((await this.#sources.fetched(file)) ?? resolve(currentDirectory, file));
      if (path !== "-" && !this.#sources.isFile(path)) {
        throw new ComposeError(
          `open ${path}: ${this.#sources.isDirectory(path) ? "is a directory" : "no such file or directory"}`,
        );
      }
      found.push(path);
    }
    return found;
  }

  #listed(environment: ReadonlyMap<string, string>): string[] {
    const value = environment.get("COMPOSE_FILE");
    if (value === undefined || value === "") return [];
    return value.split(environment.get("COMPOSE_PATH_SEPARATOR") || ":");
  }

  /** The compose file of the nearest ancestor directory that has one, with its override file. */
  #default(): string[] {
    let directory = this.#directory([]);
    for (;;) {
      const [file, ...others] = this.#present(FILE_NAMES, directory);
      if (file !== undefined) {
        if (others.length > 0) {
          this.#warn(`Found multiple config files with supported names: ${[file, ...others].join(", ")}`);
          this.#warn(`Using ${file}`);
        }
        const [override, ...more] = this.#present(OVERRIDE_NAMES, directory);
        if (more.length > 0) {
          this.#warn(`Found multiple override files with supported names: ${[override, ...more].join(", ")}`);
          this.#warn(`Using ${override}`);
        }
        return override === undefined ? [file] : [file, override];
      }
      if (dirname(directory) === directory) return [];
      directory = dirname(directory);
    }
  }

  #present(names: readonly string[], directory: string): string[] {
    return names.map((name) => join(directory, name)).filter((path) => this.#sources.isFile(path));
  }

  async #addVariables(environment: Map<string, string>, directory: string): Promise<void> {
    const { environment: own, currentDirectory } = this.#options;
    const given = this.#options.environmentFiles;
    const isDisabled = ["1", "t", "true"].includes((own.COMPOSE_DISABLE_ENV_FILE ?? "").toLowerCase());
    const ownFile = join(directory, ".env");
    const paths =
      given.length > 0
        ? given.map((path) => (isAbsolute(path) ? path : join(currentDirectory, path)))
        : !isDisabled && this.#sources.isFile(ownFile)
          ? [ownFile]
          : [];
    const variables = new Map<string, string>();
    for (const path of paths) {
      if (this.#sources.isDirectory(path)) throw new ComposeError(`${path} is a directory`);
      const text = await this.#sources.variables(path);
      if (text === undefined) throw new ComposeError(`couldn't find env file: ${path}`);
      try {
        parseDotenv(text, variables, (name) => environment.get(name) ?? variables.get(name));
      } catch (thrown) {
        if (!(thrown instanceof ComposeError)) throw thrown;
        throw new ComposeError(`failed to read ${path}: ${thrown.message}`);
      }
    }
    for (const [name, value] of variables) if (!environment.has(name)) environment.set(name, value);
  }
}

/** Lower-cases a project name and removes invalid characters. */
export function normalProjectName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}

/** @throws ComposeError */
export function checkProjectName(name: string): void {
  if (normalProjectName(name) === name) return;
  throw new ComposeError(
    `invalid project name ${JSON.stringify(name)}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
  );
}

/** Default project name. */
export function nameOfDirectory(directory: string): string {
  return normalProjectName(basename(directory));
}
