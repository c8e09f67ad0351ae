// Shows the progress stream of a pull, push, load, import or build: one updated line per layer on a terminal, otherwise
// one line per step.
import type { ProgressLine } from "../../api/images.ts";
import { windowSize } from "../../linux/terminal.ts";
import { CommandError } from "../failure.ts";
import type { Output } from "./output.ts";
import { progressLineText, type Rate } from "./progress-line.ts";

const REDRAW_MILLISECONDS = 60;
const DEFAULT_ROWS = 24;

interface Shown {
  line: ProgressLine;
  rate: Rate;
}

export type ProgressStream = AsyncIterable<ProgressLine>;

/** Receives auxiliary data in the stream, such as the digest of a pushed image. */
export type AuxiliaryHandler = (auxiliary: unknown) => void;

/** Lines with progress numbers are skipped when the output is not a terminal. */
function isMovement({ progressDetail, progress }: ProgressLine): boolean {
  if (progress) return true;
  const { current = 0, total = 0 } = progressDetail ?? {};
  return current > 0 || total > 0;
}

/** Prints one line per step on any output. @throws CommandError as {@link showProgress} does */
export async function showPlain(
  lines: ProgressStream,
  out: Pick<Output, "write" | "line">,
  auxiliary: AuxiliaryHandler,
): Promise<void> {
  for await (const line of lines) {
    refuseFailure(line);
    if (line.aux !== undefined) auxiliary(line.aux);
    else if (line.stream !== undefined) await out.write(line.stream);
    else if (!isMovement(line)) await out.line(`${line.id ? `${line.id}: ` : ""}${line.status ?? ""}`);
  }
}

/** @throws CommandError when the line reports the stream's failure; for a build, with the failed step's exit code */
function refuseFailure({ error, errorDetail }: ProgressLine): void {
  const message = errorDetail?.message ?? error;
  if (message !== undefined) throw new CommandError(message, errorDetail?.code || 1);
}

/** The lines at the bottom of the screen that still change. */
class Block {
  readonly #out: Output;
  #lines: Shown[] = [];
  #byId = new Map<string, Shown>();
  #drawn = 0;
  #drawnAt = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  async show(line: ProgressLine): Promise<void> {
    if (!line.id) {
      await this.settle();
      await this.#out.write(line.stream ?? `${line.status ?? ""}\n`);
      return;
    }
    const now = Date.now();
    const known = this.#byId.get(line.id);
    const current = line.progressDetail?.current ?? 0;
    if (!known) {
      const shown = { line, rate: { since: now, from: current } };
      this.#byId.set(line.id, shown);
      this.#lines.push(shown);
    } else {
      if (known.line.status !== line.status) known.rate = { since: now, from: current };
      known.line = line;
    }
    if (now - this.#drawnAt >= REDRAW_MILLISECONDS) await this.#draw(now);
  }

  /** The lines to show: all if they fit; otherwise, finished ones only as space allows. */
  #visible(): Shown[] {
    const rows = (windowSize(this.#out.descriptor)?.rows ?? DEFAULT_ROWS) - 1;
    if (this.#lines.length <= rows) return this.#lines;
    const moving = this.#lines.filter(({ line }) => isMovement(line));
    const room = Math.max(0, rows - moving.length);
    const resting = this.#lines.filter(({ line }) => !isMovement(line)).slice(0, room);
    const chosen = new Set([...moving.slice(0, rows), ...resting]);
    return this.#lines.filter((shown) => chosen.has(shown));
  }

  async #draw(now: number, lines = this.#visible()): Promise<void> {
    this.#drawnAt = now;
    const { columns } = this.#out;
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : "";
    const text = lines.map(({ line, rate }) => `\x1b[2K${progressLineText(line, rate, columns - 1, now)}\n`);
    this.#drawn = lines.length;
    await this.#out.write(`${up}\r\x1b[J${text.join("")}`);
  }

  /** Draws the final state. */
  async settle(): Promise<void> {
    if (this.#lines.length > 0) await this.#draw(Date.now(), this.#lines);
    this.#lines = [];
    this.#byId.clear();
    this.#drawn = 0;
  }
}

async function showMoving(lines: ProgressStream, out: Output, auxiliary: AuxiliaryHandler): Promise<void> {
  const block = new Block(out);
  try {
    for await (const line of lines) {
      refuseFailure(line);
      if (line.aux !== undefined) auxiliary(line.aux);
      else await block.show(line);
    }
  } finally {
    await block.settle();
  }
}

/** @throws CommandError with the engine's message when the stream reports a failure */
export async function showProgress(
  lines: ProgressStream,
  out: Output,
  auxiliary: AuxiliaryHandler = () => {},
): Promise<void> {
  await (out.isTerminal ? showMoving : showPlain)(lines, out, auxiliary);
}

/** Reads the stream to its end without output. @throws CommandError */
export async function awaitProgress(lines: ProgressStream, auxiliary: AuxiliaryHandler = () => {}): Promise<void> {
  for await (const line of lines) {
    refuseFailure(line);
    if (line.aux !== undefined) auxiliary(line.aux);
  }
}
