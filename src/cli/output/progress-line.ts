// Formats one progress line of a transfer: status, amount and speed of a layer.
import type { ProgressLine } from "../../api/images.ts";
import { humanSize } from "./units.ts";

const BAR_WIDTH = 50;
const NARROW_BAR_WIDTH = 20;
/** Minimum width for the full bar and the numbers. */
const WIDE = 110;
const NO_BAR = 80;

export interface Rate {
  /** When the first byte of this step arrived, in ms. */
  since: number;
  /** The amount at that time. */
  from: number;
}

function bar(share: number, columns: number): string {
  if (columns < NO_BAR) return "";
  const width = columns > WIDE ? BAR_WIDTH : NARROW_BAR_WIDTH;
  const filled = Math.min(width, Math.floor(share * width));
  return `[${"=".repeat(filled)}>${" ".repeat(width - filled)}] `;
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
}

function amount(value: number, units: string | undefined): string {
  return units === undefined || units === "" ? humanSize(value, 4) : `${value} ${units}`;
}

/** "[====>    ]  12.5MB/40MB  6.2MB/s 5s", or only its known parts. */
function progressText(line: ProgressLine, rate: Rate, columns: number, now: number): string {
  const { current = 0, total = 0, units, hidecounts } = line.progressDetail ?? {};
  if (current <= 0 && total <= 0) return "";
  if (total <= 0) return amount(current, units).padStart(8);
  const share = Math.min(1, current / total);
  const counts = hidecounts ? "" : `${amount(current, units).padStart(8)}/${amount(total, units)}`;
  const seconds = (now - rate.since) / 1000;
  const speed = seconds > 0.5 ? (current - rate.from) / seconds : 0;
  const left =
    speed > 0 && share < 1 ? `  ${amount(Math.round(speed), units)}/s ${clock((total - current) / speed)}` : "";
  return bar(share, columns) + counts + left;
}

/** The line, fitted to the terminal's width. */
export function progressLineText(line: ProgressLine, rate: Rate, columns: number, now: number): string {
  const prefix = line.id ? `${line.id}: ` : "";
  const progress = progressText(line, rate, columns, now);
  const text = `${prefix}${line.status ?? line.stream?.trimEnd() ?? ""}${progress === "" ? "" : ` ${progress}`}`;
  return text.length > columns ? text.slice(0, columns) : text;
}
