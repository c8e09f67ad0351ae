// Reports the progress of project changes: a redrawn display on a terminal, otherwise one line per step, JSON, or
// nothing.
import type { Progress, ProgressEvent, ProgressState } from "../../../compose/project/progress.ts";
import type { Output } from "../../output/output.ts";
import { humanSize } from "../../output/units.ts";
import type { ComposeOptions } from "./globals.ts";

export interface ProgressWriter extends Progress {
  /** Flushes pending output. */
  end(): Promise<void>;
}

const DRY_RUN = " DRY-RUN MODE - ";

/** Writes lines in the order of the steps, without redrawing. */
class LineWriter {
  readonly #out: Output;
  readonly #warn: (message: string) => void;
  #written: Promise<void> = Promise.resolve();

  constructor(out: Output, warn: (message: string) => void) {
    this.#out = out;
    this.#warn = warn;
  }

  warn(message: string): void {
    this.#warn(message);
  }

  async aside<T>(work: () => Promise<T>): Promise<T> {
    await this.#written;
    return work();
  }

  async end(): Promise<void> {
    await this.#written;
  }

  protected write(line: string): void {
    this.#written = this.#written.then(() => this.#out.line(line));
  }
}

/** One line for each step. */
class PlainWriter extends LineWriter implements ProgressWriter {
  readonly #prefix: string;

  constructor(out: Output, prefix: string, warn: (message: string) => void) {
    super(out, warn);
    this.#prefix = prefix;
  }

  tell({ id, text, parent }: ProgressEvent): void {
    if (parent !== undefined) return;
    this.write(`${this.#prefix} ${id}  ${text} `);
  }
}

/** One JSON object for each step. */
class JsonWriter extends LineWriter implements ProgressWriter {
  readonly #dryRun: boolean;

  constructor(out: Output, dryRun: boolean, warn: (message: string) => void) {
    super(out, warn);
    this.#dryRun = dryRun;
  }

  tell({ id, state, text, parent, current, total }: ProgressEvent): void {
    const status = { working: "Working", done: "Done", warning: "Warning", error: "Error" }[state];
    const line = { "dry-run": this.#dryRun || undefined, id, parent_id: parent, status, text, current, total };
    this.write(JSON.stringify(line));
  }
}

interface Task extends ProgressEvent {
  began: number;
  ended: number | undefined;
  layers: Map<string, ProgressEvent>;
}

const REDRAW_MILLISECONDS = 100;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const MARKS: Readonly<Record<Exclude<ProgressState, "working">, string>> = { done: "✔", warning: "!", error: "✘" };
const COLOURS: Readonly<Record<ProgressState, number>> = { working: 34, done: 32, warning: 33, error: 31 };

/** All objects at once, redrawn several times a second. */
class TerminalWriter implements ProgressWriter {
  readonly #out: Output;
  readonly #verb: string;
  readonly #prefix: string;
  readonly #warn: (message: string) => void;
  readonly #tasks = new Map<string, Task>();
  readonly #timer: ReturnType<typeof setInterval>;
  #lines = 0;
  #isPaused = false;
  #frame = 0;
  #drawing: Promise<void> = Promise.resolve();

  constructor(out: Output, verb: string, prefix: string, warn: (message: string) => void) {
    this.#out = out;
    this.#verb = verb;
    this.#prefix = prefix;
    this.#warn = warn;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MILLISECONDS);
  }

  tell(event: ProgressEvent): void {
    const now = Date.now();
    if (event.parent !== undefined) {
      this.#tasks.get(event.parent)?.layers.set(event.id, event);
      return;
    }
    const known = this.#tasks.get(event.id);
    const isOver = event.state !== "working";
    this.#tasks.set(event.id, {
      ...event,
      began: known?.began ?? now,
      ended: isOver ? now : undefined,
      layers: known?.layers ?? new Map(),
    });
  }

  warn(message: string): void {
    this.#drawing = this.#drawing.then(() => this.#clear());
    this.#lines = 0;
    this.#warn(message);
  }

  async aside<T>(work: () => Promise<T>): Promise<T> {
    this.#draw();
    await this.#drawing;
    // The next redraw starts below the output written meanwhile.
    this.#isPaused = true;
    this.#lines = 0;
    try {
      return await work();
    } finally {
      this.#isPaused = false;
    }
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#draw();
    await this.#drawing;
  }

  async #clear(): Promise<void> {
    if (this.#lines > 0) await this.#out.write(`\x1b[${this.#lines}A\x1b[J`);
  }

  #draw(): void {
    if (this.#tasks.size === 0 || this.#isPaused) return;
    this.#frame++;
    const tasks = [...this.#tasks.values()];
    const over = tasks.filter(({ ended }) => ended !== undefined).length;
    const head = `\x1b[34m[+] ${this.#verb} ${over}/${tasks.length}\x1b[0m`;
    const lines = [head, ...tasks.map((task) => this.#line(task))];
    const up = this.#lines > 0 ? `\x1b[${this.#lines}A` : "";
    this.#lines = lines.length;
    this.#drawing = this.#drawing.then(() =>
      this.#out.write(`\x1b[?25l${up}${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J\x1b[?25h`),
    );
  }

  #line({ id, state, text, began, ended, layers }: Task): string {
    const mark = state === "working" ? (SPINNER[this.#frame % SPINNER.length] ?? "") : MARKS[state];
    const colour = `\x1b[${COLOURS[state]}m`;
    const seconds = `${(((ended ?? Date.now()) - began) / 1000).toFixed(1)}s`;
    const left = `${this.#prefix} ${mark} ${id} `;
    const columns = this.#out.columns;
    const shown = `${text}${transferred(layers)}`.split("\n", 1)[0] ?? "";
    const room = columns - left.length - seconds.length - 2;
    const middle = shown.slice(0, Math.max(0, room));
    const gap = " ".repeat(Math.max(1, columns - left.length - middle.length - seconds.length - 1));
    const name = `${this.#prefix} ${colour}${mark}\x1b[0m ${id} ${colour}${middle}\x1b[0m`;
    return `${name}${gap}\x1b[34m${seconds}\x1b[0m`;
  }
}

function transferred(layers: ReadonlyMap<string, ProgressEvent>): string {
  const [current, total] = [...layers.values()].reduce(
    ([sum, all], layer) => [sum + (layer.current ?? 0), all + (layer.total ?? 0)],
    [0, 0],
  );
  return total === 0 ? "" : ` [${humanSize(current, 3)} / ${humanSize(total, 3)}]`;
}

class QuietWriter implements ProgressWriter {
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  tell(): void {}

  warn(message: string): void {
    this.#warn(message);
  }

  aside<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async end(): Promise<void> {}
}

/** @param verb first word of the header on a terminal: "Running" */
export function progressWriter(
  out: Output,
  { progress, ansi, dryRun }: ComposeOptions,
  verb: string,
  warn: (message: string) => void,
): ProgressWriter {
  const prefix = dryRun ? DRY_RUN : "";
  const mode = progress === "auto" ? (out.isTerminal && ansi !== "never" ? "tty" : "plain") : progress;
  switch (mode) {
    case "tty":
      return new TerminalWriter(out, verb, prefix, warn);
    case "plain":
      return new PlainWriter(out, prefix, warn);
    case "json":
      return new JsonWriter(out, dryRun, warn);
    case "quiet":
      return new QuietWriter(warn);
  }
}
