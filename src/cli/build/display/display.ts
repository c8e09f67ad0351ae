// Displays build progress: on a terminal, as lines, as JSON, or not at all.
import type { BuildStatus } from "../../../api/build-status.ts";
import { windowSize } from "../../../linux/terminal.ts";
import type { Output } from "../../output/output.ts";
import { PlainDisplay } from "./plain.ts";
import { isCanceled, Steps } from "./steps.ts";
import { TerminalDisplay } from "./terminal.ts";

export const progressModes = ["auto", "plain", "tty", "rawjson", "quiet"] as const;
export type ProgressMode = (typeof progressModes)[number];

export interface BuildDisplay {
  readonly steps: Steps;
  apply(status: BuildStatus): Promise<void>;
  /** Draws the final state. */
  finish(): Promise<void>;
}

const DEFAULT_ROWS = 24;

export function displayFor(mode: ProgressMode, out: Output): BuildDisplay {
  const isTerminal = mode === "tty" || (mode === "auto" && out.isTerminal);
  if (isTerminal) {
    return new TerminalDisplay({
      write: (text) => out.write(text),
      size: () => ({ columns: out.columns, rows: windowSize(out.descriptor)?.rows || DEFAULT_ROWS }),
    });
  }
  if (mode === "rawjson") return silent((status) => out.line(JSON.stringify(status)));
  if (mode === "quiet") return silent(async () => {});
  return new PlainDisplay((text) => out.write(text));
}

function silent(show: (status: BuildStatus) => Promise<void>): BuildDisplay {
  const steps = new Steps();
  return {
    steps,
    async apply(status) {
      steps.apply(status);
      await show(status);
    },
    finish: async () => {},
  };
}

/** The final messages: warnings, and the output of failed steps. */
export function closingText({ steps: { all, logs, warnings } }: BuildDisplay): string {
  const count = `${warnings.length} warning${warnings.length === 1 ? "" : "s"} found`;
  const warned = warnings.length === 0 ? "" : `\n ${count}:\n${warnings.map(({ short }) => ` - ${short}\n`).join("")}`;
  const failed = all.filter((step) => step.error !== "" && !isCanceled(step));
  const outputs = failed.map((step) => {
    const lines = (logs.get(step) ?? []).slice(-MAX_FAILED_LINES);
    return `------\n > ${step.name}:\n${lines.map(({ at, text }) => `${at.toFixed(3)} ${text}\n`).join("")}------\n`;
  });
  return warned + outputs.join("");
}

const MAX_FAILED_LINES = 20;
