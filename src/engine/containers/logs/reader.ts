// Reads a log as a client requested: since a time or the last lines, until a time or following, across rotated files.
import { nowNanoseconds } from "../../../api/time.ts";
import { closeLog, contentFrom, contentOf, type OpenLog, openLog } from "./files.ts";
import { followLog } from "./follow.ts";
import type { LineFormat } from "./lines.ts";
import { LogEncoder, type LogSelection } from "./log-encoder.ts";
import { findStarts, type LogRange } from "./starts.ts";
import { wholeLines } from "./whole-lines.ts";

const NEWLINE = 0x0a;
const MAX_TIMER = 2 ** 31 - 1;

export interface LogQuery extends LogSelection, LogRange {
  /** Nanoseconds since 1970. */
  until?: bigint;
  follow: boolean;
}

/**
 * The selected part of the log, encoded for the client.
 * @param path of the live file; rotated ones are in the same directory
 * @param ended resolves when the container has exited; the rest is read before following stops
 * @param signal stops reading
 */
export async function* readLog(
  path: string,
  format: LineFormat,
  query: LogQuery,
  ended: Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const log = await openLog(path);
  try {
    const starts = await findStarts(log, format, query);
    const encoder = new LogEncoder(format, query, starts.skip);
    const untilTime = query.follow ? timeLimit(query.until, signal) : signal;
    // Of a time to come nothing is found in the files; the lines that are followed begin before it.
    let awaited = query.since !== undefined && query.since > nowNanoseconds() ? query.since : undefined;
    for await (const bytes of wholeLines(contentOfAll(path, log, starts, query.follow, ended, untilTime))) {
      const later = awaited === undefined ? bytes : from(bytes, format, awaited);
      if (later.length === 0) continue;
      awaited = undefined;
      const { selected, past } = upTo(later, format, query.until);
      const encoded = encoder.encode(selected);
      if (encoded.length > 0) yield encoded;
      if (past || signal.aborted) break;
    }
    const rest = encoder.finish();
    if (rest.length > 0) yield rest;
  } finally {
    // Following has closed the live file already.
    await closeLog(log).catch(() => {});
  }
}

async function* contentOfAll(
  path: string,
  { live }: OpenLog,
  starts: Awaited<ReturnType<typeof findStarts>>,
  follow: boolean,
  ended: Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const { file, offset } of starts.rotated) yield* contentOf(file, offset);
  if (follow) yield* followLog(path, live, starts.live, ended, signal);
  else if (live) yield* contentFrom(live, starts.live, starts.liveEnd);
}

/** Aborted with `signal`, or at the time `until`. */
function timeLimit(until: bigint | undefined, signal: AbortSignal): AbortSignal {
  if (until === undefined) return signal;
  const milliseconds = Number((until - nowNanoseconds()) / 1_000_000n);
  if (milliseconds > MAX_TIMER) return signal;
  return AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, milliseconds))]);
}

/** Removes lines written before `since`. */
function from(bytes: Uint8Array, format: LineFormat, since: bigint): Uint8Array {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if ((format.timeOf(bytes, start, end) ?? 0n) >= since) return bytes.subarray(start);
    start = end < 0 ? bytes.length : end + 1;
  }
  return bytes.subarray(bytes.length);
}

/** Removes lines written after `until`, and returns whether there were any. */
function upTo(
  bytes: Uint8Array,
  format: LineFormat,
  until: bigint | undefined,
): { selected: Uint8Array; past: boolean } {
  const isPast = (start: number): boolean =>
    (format.timeOf(bytes, start, bytes.indexOf(NEWLINE, start)) ?? 0n) > (until ?? 0n);
  // Lines are ordered by time: if the last one is selected, all are.
  const last = bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1;
  if (until === undefined || !isPast(last)) return { selected: bytes, past: false };
  let start = 0;
  while (start < last && !isPast(start)) start = bytes.indexOf(NEWLINE, start) + 1;
  return { selected: bytes.subarray(0, start), past: true };
}
