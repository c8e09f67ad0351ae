// Progress lines of transfers in Docker's stream format.
import type { ProgressLine } from "../../api/images.ts";

export type TellProgress = (line: ProgressLine) => void;

const BAR_LENGTH = 50;
const MILLISECONDS_BETWEEN_LINES = 100;
const SHORT_DIGEST = 12;
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** A blob's ID in progress lines. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, SHORT_DIGEST);
}

/** Lines with the same ID replace each other; lines without one are kept. */
export function progressKey({ id, status }: ProgressLine): string {
  return id === undefined ? `status ${status}` : `id ${id}`;
}

/** Rate-limited progress of one item. */
export class Progress {
  private readonly tell: TellProgress;
  private readonly id: string;
  private lastTold = 0;
  private lastStatus = "";

  constructor(tell: TellProgress, id: string) {
    this.tell = tell;
    this.id = id;
  }

  status(status: string): void {
    this.lastStatus = status;
    this.tell({ status, progressDetail: {}, id: this.id });
  }

  /** `current` and `total` are bytes. */
  at(status: string, current: number, total: number): void {
    const now = performance.now();
    if (status === this.lastStatus && now - this.lastTold < MILLISECONDS_BETWEEN_LINES) return;
    this.lastStatus = status;
    this.lastTold = now;
    this.tell({ status, progressDetail: { current, total }, progress: bar(current, total), id: this.id });
  }
}

/** "[=====>     ]  1.2MB/12MB" */
export function bar(current: number, total: number): string {
  const shownCurrent = humanSize(current).padStart(8);
  if (total <= 0 || current > total) return shownCurrent;
  const done = Math.floor(Math.floor((current / total) * 100) / 2);
  return `[${"=".repeat(done)}>${" ".repeat(BAR_LENGTH - done)}] ${shownCurrent}/${humanSize(total)}`;
}

/** Decimal units with four significant digits, as in Docker's lines. */
function humanSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(4))}${UNITS[power]}`;
}
