// `--progress tty`: draws the steps at the bottom of a terminal, with their times and last lines of output.
import type { BuildStatus } from "../../../api/build-status.ts";
import { humanSize } from "../../output/units.ts";
import { duration, isCanceled, type Step, Steps } from "./steps.ts";

const REDRAW_MILLISECONDS = 100;
const MAX_LOG_LINES = 6;
const BLUE = "\u001b[34m";
const RED = "\u001b[31m";
const YELLOW = "\u001b[33m";
const PLAIN = "\u001b[0m";
const CLEAR_BELOW = "\u001b[0J";

export interface TerminalScreen {
  write(text: string): Promise<void>;
  size(): { columns: number; rows: number };
}

export class TerminalDisplay {
  readonly steps = new Steps();
  private readonly screen: TerminalScreen;
  private readonly began = Date.now();
  private drawn = 0;
  private timer: ReturnType<typeof setInterval>;
  private drawing: Promise<void> = Promise.resolve();

  constructor(screen: TerminalScreen) {
    this.screen = screen;
    this.timer = setInterval(() => this.draw(), REDRAW_MILLISECONDS);
  }

  async apply(status: BuildStatus): Promise<void> {
    this.steps.apply(status);
  }

  /** Draws the final state, which stays on the screen. */
  async finish(): Promise<void> {
    clearInterval(this.timer);
    this.draw(true);
    await this.drawing;
  }

  /** @param isLast whether to show everything, regardless of height */
  private draw(isLast = false): void {
    const { columns, rows } = this.screen.size();
    const lines = this.lines(isLast ? Number.POSITIVE_INFINITY : rows - 2, isLast).map((line) => fit(line, columns));
    const up = this.drawn > 0 ? `\u001b[${this.drawn}A` : "";
    this.drawn = lines.length;
    const text = `${up}\r${CLEAR_BELOW}${lines.map((line) => `${line}\n`).join("")}`;
    this.drawing = this.drawing.then(() => this.screen.write(text)).catch(() => {});
  }

  private lines(room: number, isLast: boolean): Line[] {
    const begun = this.steps.all.filter(({ started }) => started !== undefined);
    const done = begun.filter(({ completed }) => completed !== undefined);
    const total = `${done.length}/${this.steps.all.length}`;
    const seconds = ((Date.now() - this.began) / 1000).toFixed(1);
    const head: Line = { text: `[+] Building ${seconds}s (${total})${isLast ? " FINISHED" : ""}`, time: "", color: "" };
    const bodies = begun.map((step) => this.linesOf(step, isLast));
    // Completed steps give way to active ones.
    for (let index = 0; bodies.flat().length > room - 1 && index < begun.length; index++) {
      if (begun[index]?.completed !== undefined) bodies[index] = [];
    }
    return [head, ...bodies.flat().slice(-Math.max(1, Math.min(room - 1, Number.MAX_SAFE_INTEGER)))];
  }

  private linesOf(step: Step, isLast: boolean): Line[] {
    const color = colorOf(step);
    const label = step.isCached ? "CACHED " : isCanceled(step) ? "CANCELED " : step.error === "" ? "" : "ERROR ";
    const lines: Line[] = [{ text: ` => ${label}${step.name}`, time: duration(step), color }];
    if (step.completed !== undefined) return lines;
    for (const { id, current, total, isComplete } of step.parts.values()) {
      if (isComplete) continue;
      const size = total > 0 ? `${humanSize(current)} / ${humanSize(total)}` : humanSize(current);
      lines.push({ text: ` => => ${id} ${size}`, time: "", color });
    }
    const said = isLast ? [] : (this.steps.logs.get(step) ?? []).slice(-MAX_LOG_LINES);
    return [...lines, ...said.map(({ text }) => ({ text: ` => => # ${printable(text)}`, time: "", color: "" }))];
  }
}

interface Line {
  text: string;
  time: string;
  color: string;
}

function colorOf(step: Step): string {
  if (isCanceled(step)) return YELLOW;
  if (step.error !== "") return RED;
  return step.completed === undefined ? "" : BLUE;
}

/** Exactly one line of the terminal, with the time right-aligned. */
function fit({ text, time, color }: Line, columns: number): string {
  const room = Math.max(10, columns - time.length - 2);
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text.padEnd(time === "" ? 0 : room);
  const line = time === "" ? shown : `${shown} ${time}`;
  return color === "" ? line : `${color}${line}${PLAIN}`;
}

/** Strips control sequences: a command's cursor movements would corrupt the display. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/[\u0000-\u001f\u007f]/g, " ");
