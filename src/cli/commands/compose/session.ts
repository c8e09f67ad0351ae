// One invocation of `compose`: its options, project and engine, and the outputs for progress and warnings.
import { diskSources } from "../../../compose/files.ts";
import { ComposeError } from "../../../compose/model/compose-error.ts";
import { checkProjectName, nameOfDirectory } from "../../../compose/model/discovery.ts";
import type { Project } from "../../../compose/model/project.ts";
import { defaultOpenOptions, Opener, type OpenOptions } from "../../../compose/open.ts";
import type { Separator } from "../../../compose/project/container-names.ts";
import { projectOfContainers } from "../../../compose/project/down.ts";
import { dryRunEngine } from "../../../compose/project/dry-run.ts";
import type { Engine } from "../../../compose/project/engine.ts";
import { observeContainers } from "../../../compose/project/observed.ts";
import { CommandError } from "../../failure.ts";
import type { Session } from "../../session.ts";
import type { ComposeOptions } from "./globals.ts";
import { type ProgressWriter, progressWriter } from "./progress.ts";
import { fetchedFile } from "./remote-files.ts";

export class ComposeSession {
  readonly session: Session;
  readonly options: ComposeOptions;
  #engine: Promise<Engine> | undefined;

  constructor(session: Session, options: ComposeOptions) {
    this.session = session;
    this.options = options;
  }

  /** The same session with another progress mode. */
  with(options: Partial<ComposeOptions>): ComposeSession {
    return new ComposeSession(this.session, { ...this.options, ...options });
  }

  readonly warn = (message: string): void => this.#log("warning", message);

  /** Shown with --verbose. */
  debug(message: string): void {
    if (this.options.verbose) this.#log("debug", message);
  }

  /** Formats a message as Compose does: short on a terminal, with a timestamp elsewhere. */
  #log(level: "warning" | "debug", message: string): void {
    const { stderr } = this.session;
    const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const line = stderr.isTerminal
      ? `${level.slice(0, 4).toUpperCase()}[0000] ${message}`
      : `time="${time}" level=${level} msg=${JSON.stringify(message)}`;
    // Ordered with other output to the same stream; callers do not wait for a message.
    void stderr.line(line);
  }

  get separator(): Separator {
    return this.options.compatibility ? "_" : "-";
  }

  engine(): Promise<Engine> {
    this.#engine ??= this.session.berth().then((berth) => (this.options.dryRun ? dryRunEngine(berth) : berth));
    return this.#engine;
  }

  opener(options: Partial<OpenOptions> = {}): Opener {
    const { files, projectDirectory, environmentFiles, projectName, profiles, allResources } = this.options;
    const whole: OpenOptions = {
      ...defaultOpenOptions,
      files,
      projectDirectory,
      environmentFiles,
      projectName,
      profiles,
      keepsUnused: allResources,
      environment: process.env,
      currentDirectory: process.env.PWD || process.cwd(),
      ...options,
    };
    return new Opener(diskSources(fetchedFile), whole, this.warn);
  }

  /** The project restricted to the selected services and their dependencies. */
  project(services: readonly string[] = [], options: Partial<OpenOptions> = {}): Promise<Project> {
    return this.opener({ services, ...options }).project();
  }

  /**
   * The project from its files, or with only a name, the project that the engine's containers describe. For commands
   * that operate on existing containers.
   */
  async existingProject(services: readonly string[] = []): Promise<Project> {
    const { files, projectName } = this.options;
    if (projectName !== undefined && files.length === 0) {
      return this.#withKnown(await this.#describedProject(projectName), services);
    }
    const options = { resolvesEnvironment: false, keepsUnused: true, profiles: ["*"] };
    try {
      return this.#withKnown(await this.project([], options), services);
    } catch (thrown) {
      const { COMPOSE_PROJECT_NAME: name } = process.env;
      if (!(thrown instanceof ComposeError) || !name) throw thrown;
      return this.#withKnown(await this.#describedProject(name), services);
    }
  }

  async #describedProject(name: string): Promise<Project> {
    checkProjectName(name);
    const containers = await observeContainers(await this.engine(), name, { oneOffs: true });
    return projectOfContainers(name, containers, emptyProject(name));
  }

  #withKnown(project: Project, services: readonly string[]): Project {
    for (const name of services) {
      if (!project.services.has(name)) throw new CommandError(`no such service: ${name}`);
    }
    return project;
  }

  /** Runs `work` and reports its progress; flushes the display even when it fails. */
  async withProgress<T>(verb: string, work: (progress: ProgressWriter) => Promise<T>): Promise<T> {
    const { stdout, stderr } = this.session;
    const out = process.env.COMPOSE_STATUS_STDOUT === "1" ? stdout : stderr;
    const progress = progressWriter(out, this.options, verb, this.warn);
    try {
      return await work(progress);
    } finally {
      await progress.end();
    }
  }
}

export function emptyProject(name: string): Project {
  const directory = process.env.PWD || process.cwd();
  return {
    name: name || nameOfDirectory(directory),
    directory,
    files: [],
    environmentFiles: [],
    environment: new Map(
      Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
    ),
    profiles: [],
    services: new Map(),
    disabled: new Map(),
    networks: new Map(),
    volumes: new Map(),
    configs: new Map(),
    secrets: new Map(),
    attributes: {},
    extensions: {},
  };
}
