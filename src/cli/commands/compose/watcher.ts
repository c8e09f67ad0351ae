// Watches the files of a project and applies changes to its containers: sync, restart or rebuild.
import { type FSWatcher, lstatSync, readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../../compose/model/project.ts";
import type { Engine } from "../../../compose/project/engine.ts";
import { fileArchive } from "../../../compose/project/file-archive.ts";
import { runHook } from "../../../compose/project/hooks.ts";
import { label } from "../../../compose/project/labels.ts";
import { type ObservedContainer, observeContainers } from "../../../compose/project/observed.ts";
import { Starter } from "../../../compose/project/start.ts";
import { failureText } from "../../report.ts";
import { bringUp } from "./bring-up.ts";
import type { ComposeSession } from "./session.ts";
import { type WatchRule, watchRules } from "./watch-rules.ts";

/** Debounce interval in milliseconds: changes are applied once none arrived for this long. */
const QUIET = 200;

interface Change {
  rule: WatchRule;
  file: string;
  target: string;
}

export class Watcher {
  readonly #compose: ComposeSession;
  readonly #engine: Engine;
  readonly #project: Project;
  readonly #prunes: boolean;
  readonly #say: (sentence: string) => Promise<void>;
  readonly #rules: readonly WatchRule[];
  readonly #watchers: FSWatcher[] = [];
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();

  /**
   * @param prunes whether to remove images that a rebuild replaced
   * @param say shows a message
   * @throws CommandError when no service has a watch rule
   */
  constructor(
    compose: ComposeSession,
    engine: Engine,
    project: Project,
    prunes: boolean,
    say: (line: string) => Promise<void>,
  ) {
    this.#prunes = prunes;
    this.#say = (sentence) => say(`⦿ ${sentence}`);
    this.#compose = compose;
    this.#engine = engine;
    this.#project = project;
    this.#rules = watchRules(project, compose.warn);
  }

  async start(): Promise<void> {
    for (const rule of this.#rules) {
      if (rule.trigger.initial_sync && rule.action.startsWith("sync")) {
        await this.#carry(
          rule,
          filesBelow(rule.path).flatMap((file) => changeOf(rule, file)),
        );
      }
    }
    for (const path of new Set(this.#rules.map((rule) => rule.path))) {
      const isDirectory = lstatSync(path).isDirectory();
      const watcher = watch(path, { recursive: isDirectory }, (_event, name) => {
        this.#notice(isDirectory && name !== null ? join(path, String(name)) : path);
      });
      this.#watchers.push(watcher);
    }
    await this.#say("Watch enabled");
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    await this.#work;
    await this.#say("Watch disabled");
  }

  #notice(file: string): void {
    this.#changed.add(file);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const files = [...this.#changed];
      this.#changed.clear();
      this.#work = this.#work
        .then(() => this.#handle(files))
        .catch(async (thrown: unknown) => {
          await this.#say(`Failed: ${failureText(thrown)}`);
        });
    }, QUIET);
  }

  async #handle(files: readonly string[]): Promise<void> {
    const rebuilt = new Set<string>();
    for (const rule of this.#rules) {
      const changes = files.flatMap((file) => expanded(file)).flatMap((file) => changeOf(rule, file));
      const { name } = rule.service;
      if (changes.length === 0 || rebuilt.has(name)) continue;
      if (rule.action === "rebuild") {
        rebuilt.add(name);
        await this.#rebuild(rule);
      } else {
        await this.#carry(rule, changes);
      }
    }
  }

  async #carry(rule: WatchRule, changes: readonly Change[]): Promise<void> {
    const { name } = rule.service;
    const containers = (await observeContainers(this.#engine, this.#project.name)).filter(
      ({ service, isRunning }) => service === name && isRunning,
    );
    if (rule.action !== "restart") {
      await this.#say(`Syncing service "${name}" after ${changes.length} changes were detected`);
      for (const container of containers) for (const change of changes) await this.#copy(container, change);
    }
    if (rule.action === "sync+exec" && rule.trigger.exec) {
      for (const container of containers) await runHook(this.#engine, container, rule.trigger.exec, undefined);
    }
    if (rule.action === "restart" || rule.action === "sync+restart") {
      for (const { id } of containers) await this.#engine.containers.restart(id);
      await this.#say(`service(s) ["${name}"] restarted`);
    }
  }

  async #copy({ id }: ObservedContainer, { file, target }: Change): Promise<void> {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (!stat) {
      const { Id } = await this.#engine.execs.create(id, { AttachStdout: true, Cmd: ["rm", "-rf", target] });
      const { output } = await this.#engine.execs.start(Id, {});
      for await (const _ of output);
      return;
    }
    if (!stat.isFile()) return;
    const archive = fileArchive({ path: target, content: readFileSync(file), mode: stat.mode & 0o777, uid: 0, gid: 0 });
    await this.#engine.containers.putArchive(id, "/", archive);
  }

  async #rebuild({ service }: WatchRule): Promise<void> {
    await this.#say(`Rebuilding service(s) ["${service.name}"] after changes were detected...`);
    await this.#compose.withProgress("Running", async (progress) => {
      const provided = await bringUp(this.#compose, withPullPolicy(this.#project, service.name), progress, {
        build: "missing",
        pull: undefined,
        recreate: "diverged",
        services: [service.name],
        recreateDependencies: "never",
        inherits: true,
        timeout: undefined,
        removesOrphans: false,
        quietPull: true,
        quietBuild: true,
        assumesYes: false,
      });
      const options = { services: [service.name], waits: false, waitTimeout: undefined, isDryRun: false };
      await new Starter(this.#engine, progress, provided, options).run();
    });
    if (this.#prunes) {
      await this.#engine.images.prune({ dangling: ["true"], label: [`${label.project}=${this.#project.name}`] });
    }
    await this.#say(`service(s) ["${service.name}"] successfully built`);
  }
}

/** The project with one service forced to build. */
function withPullPolicy(project: Project, name: string): Project {
  const service = project.services.get(name);
  if (!service) return project;
  return { ...project, services: new Map([...project.services, [name, { ...service, pull_policy: "build" }]]) };
}

function changeOf(rule: WatchRule, file: string): Change[] {
  const target = rule.targetOf(file);
  return target === undefined ? [] : [{ rule, file, target }];
}

/** A new directory is replaced by the files in it. */
function expanded(path: string): string[] {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ? filesBelow(path) : [path];
}

function filesBelow(path: string): string[] {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
