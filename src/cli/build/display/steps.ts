// The state of a build's steps, updated from its events, for the displays.
import type { BuildStatus } from "../../../api/build-status.ts";

export interface Step {
  digest: string;
  name: string;
  /** Numbered from 1 in starting order; 0 before the start. */
  number: number;
  /** Milliseconds since 1970. */
  started: number | undefined;
  completed: number | undefined;
  isCached: boolean;
  error: string;
  /** Its progress items, by ID. */
  parts: Map<string, { id: string; current: number; total: number; isComplete: boolean }>;
}

export interface LogLine {
  step: Step;
  text: string;
  /** Seconds since the start of the step. */
  at: number;
}

const MAX_KEPT_LINES = 100;

export class Steps {
  readonly all: Step[] = [];
  readonly warnings: { short: string; url: string }[] = [];
  /** The last lines of each step. */
  readonly logs = new Map<Step, LogLine[]>();
  private readonly byDigest = new Map<string, Step>();
  private readonly unfinished = new Map<Step, string>();
  private count = 0;

  /** Applies a change; returns the changed steps and new output lines. */
  apply({ vertexes = [], statuses = [], logs = [], warnings = [] }: BuildStatus): {
    changed: Step[];
    lines: LogLine[];
  } {
    const changed = new Set<Step>();
    for (const vertex of vertexes) {
      const step = this.stepOf(vertex.digest, vertex.name);
      if (vertex.started !== undefined && step.started === undefined) {
        step.started = Date.parse(vertex.started);
        step.number = ++this.count;
      }
      if (vertex.completed !== undefined) step.completed = Date.parse(vertex.completed);
      step.isCached ||= vertex.cached === true;
      step.error = vertex.error ?? step.error;
      changed.add(step);
    }
    for (const { id, vertex, current, total, completed } of statuses) {
      const step = this.byDigest.get(vertex);
      step?.parts.set(id, { id, current, total, isComplete: completed !== undefined });
      if (step) changed.add(step);
    }
    for (const { short, url } of warnings) this.warnings.push({ short: text(short), url });
    return { changed: [...changed], lines: logs.flatMap((log) => this.linesOf(log)) };
  }

  /** The line for a step that has started but not ended. */
  rest(step: Step): string {
    return this.unfinished.get(step) ?? "";
  }

  private linesOf({ vertex, data, timestamp }: NonNullable<BuildStatus["logs"]>[number]): LogLine[] {
    const step = this.byDigest.get(vertex);
    if (step === undefined) return [];
    const whole = (this.unfinished.get(step) ?? "") + text(data);
    const texts = whole.split("\n");
    this.unfinished.set(step, texts.pop() ?? "");
    const at = (Date.parse(timestamp) - (step.started ?? 0)) / 1000;
    const lines = texts.map((line) => ({ step, text: line.replace(/\r$/, ""), at }));
    this.logs.set(step, [...(this.logs.get(step) ?? []), ...lines].slice(-MAX_KEPT_LINES));
    return lines;
  }

  private stepOf(digest: string, name: string): Step {
    const known = this.byDigest.get(digest);
    if (known) return known;
    const step: Step = {
      digest,
      name,
      number: 0,
      started: undefined,
      completed: undefined,
      isCached: false,
      error: "",
      parts: new Map(),
    };
    this.byDigest.set(digest, step);
    this.all.push(step);
    return step;
  }
}

const text = (base64: string): string => Buffer.from(base64, "base64").toString();

export const isCanceled = ({ error }: Step): boolean => error === "context canceled";

/** "2.3s". */
export function duration({ started = 0, completed }: Step, now = Date.now()): string {
  return `${(Math.max(0, (completed ?? now) - started) / 1000).toFixed(1)}s`;
}
