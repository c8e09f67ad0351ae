// One progress line for a transfer: amount, speed, time left. Silent without a terminal.
import { writeSync } from "node:fs";
import type { Bytes } from "../../client/streams.ts";
import type { Output } from "./output.ts";
import { humanSize } from "./units.ts";

const REDRAW_MILLISECONDS = 100;
/** Shorter transfers, in ms, show no line. */
const QUIET_MILLISECONDS = 500;
const CLEAR_LINE = "\r\x1b[K";

export interface TransferMeter {
  /** Passes the data through and counts it. */
  counting(bytes: Bytes): AsyncGenerator<Uint8Array>;
  /** Removes the line permanently. */
  end(): void;
}

/** "1:05" or "45s" */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "Writing 12.5MB / 40MB  6.2MB/s  5s left" */
export function transferLine(label: string, done: number, total: number | undefined, milliseconds: number): string {
  const rate = milliseconds > 0 ? (done / milliseconds) * 1000 : 0;
  const parts = [`${label} ${humanSize(done, 3)}${total === undefined ? "" : ` / ${humanSize(total, 3)}`}`];
  if (rate > 0) parts.push(`${humanSize(rate, 3)}/s`);
  if (rate > 0 && total !== undefined && total > done) parts.push(`${clock((total - done) / rate)} left`);
  return parts.join("  ");
}

/** `total` in bytes, if known. */
export function transferMeter(out: Output, label: string, total?: number): TransferMeter {
  const began = Date.now();
  let drawn = began + QUIET_MILLISECONDS - REDRAW_MILLISECONDS;
  let visible = false;
  let ended = false;
  let done = 0;
  // Remove the line when the program is interrupted, too.
  const clear = (): void => {
    writeSync(out.descriptor, CLEAR_LINE);
  };
  const draw = (): void => {
    const now = Date.now();
    if (ended || !out.isTerminal || now - drawn < REDRAW_MILLISECONDS) return;
    drawn = now;
    if (!visible) process.on("exit", clear);
    visible = true;
    void out.write(CLEAR_LINE + transferLine(label, done, total, now - began));
  };
  return {
    async *counting(bytes) {
      for await (const chunk of bytes) {
        done += chunk.length;
        draw();
        yield chunk;
      }
    },
    end() {
      if (visible && !ended) void out.write(CLEAR_LINE);
      process.off("exit", clear);
      ended = true;
    },
  };
}
