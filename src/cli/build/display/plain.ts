// `--progress plain`: prints all progress as lines, each prefixed with its step's number.
import type { BuildStatus } from "../../../api/build-status.ts";
import { duration, isCanceled, type Step, Steps } from "./steps.ts";

export class PlainDisplay {
  readonly steps = new Steps();
  private readonly write: (text: string) => Promise<void>;
  private current: Step | undefined;
  private readonly ended = new Set<Step>();

  constructor(write: (text: string) => Promise<void>) {
    this.write = write;
  }

  async apply(status: BuildStatus): Promise<void> {
    const { changed, lines } = this.steps.apply(status);
    let shown = "";
    for (const step of changed) {
      // While a step is active, others are named when they have output.
      const isFree = this.current === undefined || this.ended.has(this.current);
      if (step.number > 0 && isFree) shown += this.begin(step);
    }
    for (const { step, text, at } of lines) shown += `${this.begin(step)}#${step.number} ${at.toFixed(3)} ${text}\n`;
    for (const step of changed) shown += this.end(step);
    if (shown !== "") await this.write(shown);
  }

  async finish(): Promise<void> {}

  /** Prints a step's name before its first line. */
  private begin(step: Step): string {
    if (this.current === step || this.ended.has(step)) return "";
    const pause = this.current && !this.ended.has(this.current) ? `#${this.current.number} ...\n` : "";
    const gap = this.current ? "\n" : "";
    this.current = step;
    return `${pause}${gap}#${step.number} ${step.name}\n`;
  }

  private end(step: Step): string {
    if (step.completed === undefined || this.ended.has(step)) return "";
    const named = this.begin(step);
    const rest = this.steps.rest(step);
    this.ended.add(step);
    const last = rest === "" ? "" : `#${step.number} ${duration(step).slice(0, -1)} ${rest}\n`;
    return `${named}${last}#${step.number} ${outcome(step)}\n`;
  }
}

function outcome(step: Step): string {
  if (step.isCached) return "CACHED";
  if (isCanceled(step)) return "CANCELED";
  return step.error === "" ? `DONE ${duration(step)}` : `ERROR: ${step.error}`;
}
