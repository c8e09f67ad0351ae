// Watches the files of a project and applies changes to its containers: sync, restart or rebuild.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../../compose/model/project.ts";
import type { Hook } from "../../../compose/model/schema/build.ts";
import type { Engine } from "../../../compose/project/engine.ts";
import { runHook } from "../../../compose/project/hooks.ts";
import { label } from "../../../compose/project/labels.ts";
import { type ObservedContainer, observeContainers } from "../../../compose/project/observed.ts";
import { restartServices } from "../../../compose/project/restart.ts";
import { Starter } from "../../../compose/project/start.ts";
import { failureText } from "../../report.ts";
import { bringUp } from "./bring-up.ts";
import { FileWatch } from "./file-watch.ts";
import type { ComposeSession } from "./session.ts";
import { type WatchRule, watchRules } from "./watch-rules.ts";
import { type PathMapping, syncFiles } from "./watch-sync.ts";

/** Debounce interval in milliseconds: changes are applied once none arrived for this long. */
const QUIET = 200;
const LARGE_BATCH = 1000;

/** What a batch of changes requires, by service. */
interface Work {
  rebuild: Set<string>;
  sync: Map<string, PathMapping[]>;
  restart: Set<string>;
  exec: Map<WatchRule, Hook>;
}

export class Watcher {
  readonly #compose: ComposeSession;
  readonly #engine: Engine;
  readonly #project: Project;
  readonly #prunes: boolean;
  readonly #print: (line: string) => Promise<void>;
  readonly #rules: readonly WatchRule[];
  readonly #watches: FileWatch[] = [];
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #handling: Promise<void> = Promise.resolve();

  /**
   * @param prunes whether to remove images that a rebuild replaced
   * @param print shows a line
   * @throws CommandError when no service has a watch rule
   */
  constructor(
    compose: ComposeSession,
    engine: Engine,
    project: Project,
    prunes: boolean,
    print: (line: string) => Promise<void>,
  ) {
    this.#prunes = prunes;
    this.#print = print;
    this.#compose = compose;
    this.#engine = engine;
    this.#project = project;
    this.#rules = watchRules(project, compose.warn);
  }

  async start(): Promise<void> {
    for (const rule of this.#rules) {
      if (!rule.syncsAtStart) continue;
      const containers = await this.#running(rule.service.name);
      await syncFiles(this.#engine, containers, mappingsOf(rule, filesBelow(rule.path)));
    }
    for (const path of new Set(this.#rules.map((rule) => rule.path))) {
      this.#watches.push(new FileWatch(path, (file) => this.#notice(file)));
    }
    await this.#say("Watch enabled");
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    for (const watch of this.#watches.splice(0)) watch.close();
    await this.#handling;
    await this.#say("Watch disabled");
  }

  #say(sentence: string): Promise<void> {
    return this.#print(`⦿ ${sentence}`);
  }

  async #running(service: string): Promise<ObservedContainer[]> {
    const containers = await observeContainers(this.#engine, this.#project.name);
    return containers.filter((container) => container.service === service && container.isRunning);
  }

  #notice(file: string): void {
    this.#changed.add(file);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const files = [...this.#changed];
      this.#changed.clear();
      this.#handling = this.#handling
        .then(() => this.#handle(files))
        .catch((thrown: unknown) => this.#compose.warn(`Error handling changed files: ${failureText(thrown)}`));
    }, QUIET);
  }

  #workFor(files: readonly string[]): Work {
    const work: Work = { rebuild: new Set(), sync: new Map(), restart: new Set(), exec: new Map() };
    for (const rule of this.#rules) {
      const { name } = rule.service;
      const mappings = mappingsOf(rule, files);
      if (mappings.length === 0) continue;
      if (rule.action === "rebuild") work.rebuild.add(name);
      if (rule.action.startsWith("sync")) work.sync.set(name, [...(work.sync.get(name) ?? []), ...mappings]);
      if (rule.action.endsWith("restart")) work.restart.add(name);
      if (rule.action === "sync+exec" && rule.trigger.exec) work.exec.set(rule, rule.trigger.exec);
    }
    return work;
  }

  async #handle(files: readonly string[]): Promise<void> {
    if (files.length > LARGE_BATCH) {
      await this.#say("Large batch of file changes detected. If you just switched branches, this is expected.");
    }
    const began = Date.now();
    const { rebuild, sync, restart, exec } = this.#workFor(files);
    if (rebuild.size > 0) await this.#rebuild([...rebuild].sort());
    for (const [service, mappings] of sync) {
      await this.#say(`Syncing service "${service}" after ${mappings.length} changes were detected`);
      await syncFiles(this.#engine, await this.#running(service), mappings);
    }
    if (restart.size > 0) await this.#restart([...restart].sort());
    for (const [{ service }, hook] of exec) {
      for (const container of await this.#running(service.name)) await this.#exec(container, hook);
    }
    this.#compose.debug(`batch complete: duration[${Date.now() - began}ms] count[${files.length}]`);
  }

  async #exec(container: ObservedContainer, hook: Hook): Promise<void> {
    await runHook(this.#engine, container, hook, (_, payload) =>
      this.#print(Buffer.from(payload).toString().trimEnd()),
    );
  }

  async #restart(services: readonly string[]): Promise<void> {
    const { dryRun: isDryRun, parallel } = this.#compose.options;
    const options = { services, withDependents: true, timeout: undefined, parallel, isDryRun };
    await this.#compose.withProgress("Restarting", (progress) =>
      restartServices(this.#engine, progress, this.#project, options),
    );
    await this.#say(`service(s) ${quoted(services)} restarted`);
  }

  async #rebuild(services: readonly string[]): Promise<void> {
    await this.#say(`Rebuilding service(s) ${quoted(services)} after changes were detected...`);
    try {
      await this.#compose.withProgress("Running", async (progress) => {
        const provided = await bringUp(this.#compose, built(this.#project, services), progress, {
          build: "missing",
          pull: undefined,
          recreate: "force",
          services,
          recreateDependencies: "never",
          inherits: true,
          timeout: undefined,
          removesOrphans: false,
          quietPull: true,
          quietBuild: true,
          assumesYes: false,
        });
        const options = { services, waits: false, waitTimeout: undefined, isDryRun: this.#compose.options.dryRun };
        await new Starter(this.#engine, progress, provided, options).run();
      });
    } catch (thrown) {
      await this.#say(`Failed to recreate services after update. Error: ${failureText(thrown)}`);
      throw thrown;
    }
    if (this.#prunes) {
      await this.#engine.images.prune({ dangling: ["true"], label: [`${label.project}=${this.#project.name}`] });
    }
    await this.#say(`service(s) ${quoted(services)} successfully built`);
  }
}

function mappingsOf({ targetOf }: WatchRule, files: readonly string[]): PathMapping[] {
  const accepts = (file: string): boolean => targetOf(file) !== undefined;
  return files.flatMap((file) => {
    const target = targetOf(file);
    return target === undefined ? [] : [{ file, target, accepts }];
  });
}

/** The files in a directory, or the file itself. */
function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** As Go prints a list of strings: ["web" "db"]. */
const quoted = (names: readonly string[]): string => `[${names.map((name) => JSON.stringify(name)).join(" ")}]`;

/** The project with these services forced to build. */
function built(project: Project, names: readonly string[]): Project {
  const services = [...project.services].map(
    ([name, service]) => [name, names.includes(name) ? { ...service, pull_policy: "build" } : service] as const,
  );
  return { ...project, services: new Map(services) };
}
