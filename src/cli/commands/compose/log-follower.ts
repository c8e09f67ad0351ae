// Follows the logs of a project's containers, including those that start again or are created later, until all exited.
import type { EventMessage } from "../../../client/index.ts";
import type { Engine } from "../../../compose/project/engine.ts";
import { label } from "../../../compose/project/labels.ts";
import { type ObservedContainer, observeContainers } from "../../../compose/project/observed.ts";
import type { LogLines } from "./log-lines.ts";
import type { LogReader, LogSelection } from "./log-reader.ts";

export interface FollowedLogs {
  project: string;
  isWanted(container: ObservedContainer): boolean;
  /** `since` and `tail` apply to what was logged before the command. */
  selection: LogSelection;
}

/** FinishedAt of a container that never exited. */
const NEVER = "0001-01-01T00:00:00Z";

export class LogFollower {
  readonly #engine: Engine;
  readonly #lines: LogLines;
  readonly #reader: LogReader;
  readonly #followed: FollowedLogs;
  /** The containers that keep the command running. */
  readonly #watched = new Map<string, ObservedContainer>();
  /** The log streams of the current runs. */
  readonly #streams = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();

  constructor(engine: Engine, lines: LogLines, reader: LogReader, followed: FollowedLogs) {
    this.#engine = engine;
    this.#lines = lines;
    this.#reader = reader;
    this.#followed = followed;
  }

  async run(): Promise<void> {
    const { selection, project } = this.#followed;
    // Includes events from before the list.
    const since = (Date.now() / 1000).toFixed(3);
    const containers = await this.#observe();
    if (containers.length === 0) return;
    this.#lines.expect(containers);
    await Promise.all(
      containers.map((container) => {
        this.#watched.set(container.id, container);
        if (!container.isRunning) return this.#reader.show(container, { ...selection, follow: true });
        this.#stream(container, selection);
        return undefined;
      }),
    );
    const filters = {
      type: ["container"],
      event: ["start", "die", "destroy"],
      label: [`${label.project}=${project}`],
    };
    try {
      for await (const event of this.#engine.system.events({ filters, since, signal: this.#abort.signal })) {
        await this.#event(event);
        if (this.#watched.size === 0) this.#abort.abort();
      }
    } catch (thrown) {
      if (!this.#abort.signal.aborted) throw thrown;
    }
  }

  async #observe(): Promise<ObservedContainer[]> {
    return (await observeContainers(this.#engine, this.#followed.project)).filter(this.#followed.isWanted);
  }

  async #event({ Action, Actor }: EventMessage): Promise<void> {
    const { ID: id, Attributes } = Actor;
    if (Action === "start") return this.#started(id);
    const container = this.#watched.get(id);
    if (!container) return;
    await this.#streams.get(id);
    this.#streams.delete(id);
    const inspected = await this.#engine.containers.inspect(id).catch(() => undefined);
    const restarts = inspected?.State.Restarting === true || inspected?.State.Running === true;
    if (Action === "die") {
      await this.#lines.status(container, `exited with code ${Attributes.exitCode}${restarts ? " (restarting)" : ""}`);
    }
    if (!restarts) this.#watched.delete(id);
  }

  async #started(id: string): Promise<void> {
    // The event is from before the list, and the container's log is being followed already.
    if (this.#streams.has(id)) return;
    const container = (await this.#observe()).find((candidate) => candidate.id === id);
    const inspected = await this.#engine.containers.inspect(id).catch(() => undefined);
    if (!container || !inspected) return;
    this.#lines.expect([container]);
    this.#watched.set(id, container);
    // The event may arrive after the first output: everything since the last exit is new.
    const { FinishedAt } = inspected.State;
    const since = FinishedAt === NEVER ? "0" : FinishedAt;
    this.#stream(container, { ...this.#followed.selection, since, tail: "all" });
  }

  #stream(container: ObservedContainer, selection: LogSelection): void {
    const stream = this.#reader.show(container, { ...selection, follow: true });
    this.#streams.set(container.id, stream);
    // Its failure is reported when the container's exit is handled.
    stream.catch(() => undefined);
  }
}
