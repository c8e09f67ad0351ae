// `up` in the foreground: shows the containers' output until all have exited. The first Ctrl-C stops them, the second
// kills them.
import type { AttachStream, EventMessage } from "../../../client/index.ts";
import type { Project } from "../../../compose/model/project.ts";
import type { Engine } from "../../../compose/project/engine.ts";
import type { HookOutput } from "../../../compose/project/hooks.ts";
import { label } from "../../../compose/project/labels.ts";
import { type ObservedContainer, observeContainers } from "../../../compose/project/observed.ts";
import { Stopper } from "../../../compose/project/stop.ts";
import { keepSignals } from "../../terminal/ending.ts";
import { type LogLineOptions, LogLines } from "./log-lines.ts";
import type { Menu } from "./menu.ts";
import type { ComposeSession } from "./session.ts";

export interface AttachedOptions extends LogLineOptions {
  /** Services whose output is shown. */
  shown: ReadonlySet<string>;
  /** Services whose containers keep the command running. */
  watched: ReadonlySet<string>;
  /** Services that stop when the command is interrupted or one of them exits. */
  stopped: readonly string[];
  /** What to do with the other containers when one exits. */
  onExit: "ignore" | "stop" | "stop-on-failure";
  exitCodeFrom: string | undefined;
  timestamps: boolean;
  /** Seconds between stop and kill. */
  timeout: number | undefined;
  menu: Menu | undefined;
}

const INTERRUPTED = 130;

export class AttachedRun {
  readonly #compose: ComposeSession;
  readonly #engine: Engine;
  readonly #project: Project;
  readonly #options: AttachedOptions;
  readonly #lines: LogLines;
  readonly #containers = new Map<string, ObservedContainer>();
  readonly #running = new Set<string>();
  readonly #pumps = new Map<string, Promise<void>>();
  readonly #work: Promise<unknown>[] = [];
  readonly #abort = new AbortController();
  /** Containers whose output was shown completely. */
  readonly #pumpEnded = new Set<string>();
  /** When each container last exited, in seconds since 1970. */
  readonly #ends = new Map<string, string>();
  /** Containers whose exit was reported since their last start. */
  readonly #reportedExits = new Set<string>();
  readonly #detached = Promise.withResolvers<void>();
  #exitCode = 0;
  #interrupts = 0;
  #hasStarted = false;
  #isStopping = false;

  constructor(compose: ComposeSession, engine: Engine, project: Project, options: AttachedOptions) {
    this.#compose = compose;
    this.#engine = engine;
    this.#project = project;
    this.#options = options;
    this.#lines = new LogLines(compose, project.name, options);
  }

  /**
   * @param start starts the containers and forwards the output of their hooks
   * @returns the exit code
   */
  async run(start: (hookOutput: HookOutput) => Promise<void>): Promise<number> {
    const release = keepSignals();
    const interrupt = () => this.#interrupt();
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
    try {
      await this.#options.menu?.start();
      return await Promise.race([this.#stay(start), this.#detached.promise.then(() => 0)]);
    } finally {
      await this.#options.menu?.end();
      process.removeListener("SIGINT", interrupt);
      process.removeListener("SIGTERM", interrupt);
      release();
    }
  }

  /** Ends the run without stopping the containers. */
  detach(): void {
    this.#detached.resolve();
  }

  /** Shows a message between the lines of the containers. */
  note(sentence: string): Promise<void> {
    return this.#lines.note(sentence);
  }

  async #stay(start: (hookOutput: HookOutput) => Promise<void>): Promise<number> {
    const { shown, watched } = this.#options;
    const containers = (await observeContainers(this.#engine, this.#project.name)).filter(
      ({ service }) => watched.has(service) || shown.has(service),
    );
    for (const container of containers) this.#containers.set(container.id, container);
    this.#lines.expect(containers.filter(({ service }) => this.#options.shown.has(service)));
    if (containers.length > 0) {
      const names = containers.filter(({ service }) => this.#options.shown.has(service)).map(({ name }) => name);
      await this.#lines.note(`Attaching to ${names.map((name) => this.#short(name)).join(", ")}`);
    }
    await Promise.all(containers.map((container) => this.#attach(container)));
    const events = this.#follow();
    try {
      await start(this.#hookOutput);
    } catch (thrown) {
      if (!this.#isStopping) {
        this.#abort.abort();
        throw thrown;
      }
    }
    this.#hasStarted = true;
    // Containers may have started while the others were being stopped.
    if (this.#isStopping) {
      await Promise.all(this.#work);
      if (await this.#isAlive(this.#options.stopped)) this.#stop();
    }
    await this.#settle();
    await events;
    await Promise.all([...this.#pumps.values()]);
    await Promise.all(this.#work);
    return this.#interrupts > 0 ? INTERRUPTED : this.#exitCode;
  }

  readonly #hookOutput: HookOutput = (source, payload) => this.#lines.hook(this.#short(source), payload);

  #short(name: string): string {
    const { name: project } = this.#project;
    return /^[-_]/.test(name.slice(project.length)) && name.startsWith(project) ? name.slice(project.length + 1) : name;
  }

  /** Attaches before the container starts, so that no output is missed. */
  async #attach(container: ObservedContainer): Promise<void> {
    if (container.isRunning) this.#running.add(container.id);
    if (!this.#options.shown.has(container.service)) return;
    if (this.#options.timestamps) return this.#pumpLogs(container, "0");
    const { Config } = await this.#engine.containers.inspect(container.id);
    const stream = await this.#engine.containers.attach(container.id, Config.Tty ?? false, {});
    this.#pumps.set(container.id, this.#pump(container, stream));
  }

  async #pump(container: ObservedContainer, stream: AttachStream): Promise<void> {
    for await (const frame of stream.output) await this.#lines.frame(container, frame);
    await this.#lines.end(container);
  }

  /** Follows the log of a container that started after this command had attached. */
  #pumpLogs(container: ObservedContainer, since: string): void {
    const { timestamps } = this.#options;
    const pump = async (): Promise<void> => {
      const frames = this.#engine.containers.logs(container.id, { follow: true, since, timestamps });
      for await (const frame of frames) await this.#lines.frame(container, frame);
      await this.#lines.end(container);
    };
    // A removed container has no log.
    this.#pumps.set(
      container.id,
      pump().catch(() => undefined),
    );
  }

  /** Reads the engine's events until every watched container has exited. */
  async #follow(): Promise<void> {
    const filters = {
      type: ["container"],
      event: ["start", "die"],
      label: [`${label.project}=${this.#project.name}`],
    };
    // Includes events from before the engine's response.
    const since = (Date.now() / 1000).toFixed(3);
    try {
      for await (const event of this.#engine.system.events({ filters, since, signal: this.#abort.signal })) {
        await this.#event(event);
      }
    } catch (thrown) {
      if (!this.#abort.signal.aborted) throw thrown;
    }
  }

  async #event({ Action, Actor, timeNano }: EventMessage): Promise<void> {
    const known = this.#containers.get(Actor.ID);
    if (Action === "start") {
      const container = known ?? (await this.#discover(Actor.ID));
      if (!container) return;
      this.#running.add(container.id);
      this.#reportedExits.delete(container.id);
      const wasFollowed = known !== undefined && !this.#pumpEnded.has(container.id);
      if (!wasFollowed && this.#options.shown.has(container.service)) {
        this.#pumpEnded.delete(container.id);
        // The start event may arrive after the first output: output since the last exit is new.
        this.#pumpLogs(container, this.#ends.get(container.id) ?? "0");
      }
      return;
    }
    if (!known) return;
    await this.#pumps.get(known.id);
    this.#pumpEnded.add(known.id);
    this.#ends.set(known.id, `${Math.floor(timeNano / 1e9)}.${String(timeNano % 1e9).padStart(9, "0")}`);
    await this.#ended(known, Number(Actor.Attributes.exitCode ?? 0));
  }

  async #discover(id: string): Promise<ObservedContainer | undefined> {
    const all = await observeContainers(this.#engine, this.#project.name);
    const { shown, watched } = this.#options;
    const found = all.find(({ id: own, service }) => own === id && (watched.has(service) || shown.has(service)));
    if (found) this.#containers.set(id, found);
    return found;
  }

  async #ended(container: ObservedContainer, code: number): Promise<void> {
    if (this.#reportedExits.has(container.id)) return;
    this.#reportedExits.add(container.id);
    const inspected = await this.#engine.containers.inspect(container.id).catch(() => undefined);
    const restarts = inspected?.State.Restarting === true || inspected?.State.Running === true;
    if (this.#options.shown.has(container.service)) {
      await this.#lines.status(container, `exited with code ${code}${restarts ? " (restarting)" : ""}`);
    }
    if (restarts) return;
    this.#running.delete(container.id);
    const { onExit, exitCodeFrom } = this.#options;
    if (exitCodeFrom === container.service) this.#exitCode = code;
    if (onExit === "stop" || (onExit === "stop-on-failure" && code !== 0)) this.#cascade(code);
    await this.#settle();
  }

  /** When one container exits, all are stopped. */
  #cascade(code: number): void {
    if (this.#isStopping) return;
    if (this.#options.exitCodeFrom === undefined) this.#exitCode = code;
    void this.#compose.session.stderr.line("Aborting on container exit...");
    this.#stop();
  }

  #stop(): void {
    this.#isStopping = true;
    const { timeout, menu } = this.#options;
    // A redrawn display would overwrite the containers' output.
    const compose =
      this.#compose.options.progress === "auto" ? this.#compose.with({ progress: "plain" }) : this.#compose;
    const stopped = compose.withProgress("Stopping", async (progress) => {
      await menu?.end();
      await new Stopper(this.#engine, progress, this.#project, {
        services: this.#options.stopped,
        timeout,
        parallel: this.#compose.options.parallel,
        hookOutput: this.#hookOutput,
      }).stop();
    });
    this.#work.push(stopped.then(() => this.#settle()));
  }

  #interrupt(): void {
    this.#interrupts++;
    if (this.#interrupts === 1) {
      void this.#compose.session.stdout.line("Gracefully Stopping... press Ctrl+C again to force");
      this.#stop();
      return;
    }
    for (const id of this.#running) this.#work.push(this.#engine.containers.kill(id).catch(() => undefined));
  }

  async #isAlive(services: readonly string[]): Promise<boolean> {
    const containers = await observeContainers(this.#engine, this.#project.name);
    return containers.some(({ service, isRunning }) => isRunning && services.includes(service));
  }

  /** Services whose containers must exit before the command ends. */
  get #awaited(): readonly string[] {
    return this.#isStopping ? this.#options.stopped : [...this.#options.watched];
  }

  /** Ends the command once all containers were started and none runs. */
  async #settle(): Promise<void> {
    if (!this.#hasStarted || (await this.#isAlive(this.#awaited))) return;
    // Report the last output and the exits first.
    await Promise.all([...this.#pumps.values()]);
    const unreported = [...this.#running];
    this.#running.clear();
    for (const id of unreported) {
      const container = this.#containers.get(id);
      if (!container) continue;
      const inspected = await this.#engine.containers.inspect(id).catch(() => undefined);
      if (inspected) await this.#ended(container, inspected.State.ExitCode);
    }
    this.#abort.abort();
  }
}
