// Reads a container's log as a client asked for it: from a time or the last lines, to a time or on as it grows,
// over the files that rotation left behind.
import { watch } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { errorCode } from "../../../linux/libc.ts";
import { LogEncoder, type LogSelection, timeOfLine } from "./format.ts";
import { offsetOfTail, offsetOfTime } from "./seek.ts";

const READ_SIZE = 256 * 1024;
const NEWLINE = 0x0a;

export interface LogQuery extends LogSelection {
  /** Nanoseconds since 1970. */
  since?: bigint;
  until?: bigint;
  /** How many of the last lines; undefined is all. */
  tail?: number;
  follow: boolean;
}

/** The log's files, oldest first; the live one is last. Rotated ones are `NAME.2.gz`, `NAME.1`. */
export async function logFiles(path: string): Promise<string[]> {
  const name = basename(path);
  const rotated = (await readdir(dirname(path)).catch(() => []))
    .map((entry) => ({ entry, number: rotationNumber(name, entry) }))
    .filter(({ number }) => number > 0)
    .sort((a, b) => b.number - a.number)
    .map(({ entry }) => join(dirname(path), entry));
  return [...rotated, path];
}

function rotationNumber(name: string, entry: string): number {
  if (!entry.startsWith(`${name}.`)) return 0;
  const parts = /^(\d+)(?:\.gz)?$/.exec(entry.slice(name.length + 1));
  return Number(parts?.[1] ?? 0);
}

/**
 * The selected log as the client gets it.
 * @param ended resolves when the container writes no more; following stops once everything was read after that.
 */
export async function* readLog(path: string, query: LogQuery, ended: Promise<void>): AsyncGenerator<Uint8Array> {
  const encoder = new LogEncoder(query);
  const files = await logFiles(path);
  const rotated = files.slice(0, -1);
  const starts = await whereToStart(rotated, path, query);
  for (const { file, offset } of starts.rotated) {
    for await (const bytes of wholeLines(readRotated(file, offset))) {
      const { selected, past } = untilTime(bytes, query.until);
      yield encoder.encode(selected);
      if (past) return;
    }
  }
  for await (const bytes of wholeLines(readLive(path, starts.live, query.follow, ended))) {
    const { selected, past } = untilTime(bytes, query.until);
    if (selected.length > 0) yield encoder.encode(selected);
    if (past) return;
  }
}

interface Starts {
  rotated: { file: string; offset: number }[];
  live: number;
}

async function whereToStart(rotated: string[], path: string, query: LogQuery): Promise<Starts> {
  if (query.tail === undefined && query.since === undefined) {
    return { rotated: rotated.map((file) => ({ file, offset: 0 })), live: 0 };
  }
  const live = await withFile(path, { bytes: 0, missing: query.tail ?? 0, reachesBack: true }, async (file) => {
    const sinceOffset = query.since === undefined ? 0 : await offsetOfTime(file, query.since);
    if (query.tail === undefined) return { bytes: sinceOffset, missing: 0, reachesBack: sinceOffset === 0 };
    const tail = await offsetOfTail(file, query.tail);
    const missing = query.tail - tail.found;
    return { bytes: Math.max(sinceOffset, tail.offset), missing, reachesBack: missing > 0 && sinceOffset === 0 };
  });
  const starts: Starts = { rotated: [], live: live.bytes };
  let { missing, reachesBack } = live;
  for (const file of [...rotated].reverse()) {
    if (!reachesBack) break;
    const start = await startInRotated(file, query, missing);
    starts.rotated.unshift({ file, offset: start.offset });
    missing -= start.found;
    reachesBack = start.offset === 0 && (query.tail === undefined || missing > 0);
  }
  return starts;
}

/** Where to start in a rotated file, counted in its uncompressed bytes. */
async function startInRotated(
  path: string,
  query: LogQuery,
  missing: number,
): Promise<{ offset: number; found: number }> {
  if (path.endsWith(".gz")) return startByReading(path, query, missing);
  return withFile(path, { offset: 0, found: 0 }, async (file) => {
    const sinceOffset = query.since === undefined ? 0 : await offsetOfTime(file, query.since);
    if (query.tail === undefined) return { offset: sinceOffset, found: 0 };
    const tail = await offsetOfTail(file, missing);
    return { offset: Math.max(sinceOffset, tail.offset), found: tail.found };
  });
}

/** A compressed file cannot be sought in: one pass notes where the last lines start. */
async function startByReading(
  path: string,
  query: LogQuery,
  missing: number,
): Promise<{ offset: number; found: number }> {
  const lineStarts: number[] = [];
  let position = 0;
  let found = 0;
  for await (const bytes of wholeLines(readRotated(path, 0))) {
    for (let start = 0; start < bytes.length; start = bytes.indexOf(NEWLINE, start) + 1) {
      const time = query.since === undefined ? undefined : timeOfLine(bytes, start);
      if (query.since !== undefined && (time === undefined || time < query.since)) continue;
      lineStarts.push(position + start);
      found++;
      if (query.tail !== undefined && lineStarts.length > missing) lineStarts.shift();
    }
    position += bytes.length;
  }
  const [first = position] = lineStarts;
  return { offset: first, found: Math.min(found, missing) };
}

async function* readRotated(path: string, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch(() => undefined);
  if (!file) return; // Rotated away since the directory was listed.
  if (!path.endsWith(".gz")) {
    yield* file.createReadStream({ start: offset, highWaterMark: READ_SIZE });
    return;
  }
  let skip = offset;
  for await (const chunk of file.createReadStream().pipe(createGunzip({ chunkSize: READ_SIZE }))) {
    const bytes: Uint8Array = chunk;
    if (skip < bytes.length) yield bytes.subarray(skip);
    skip = Math.max(0, skip - bytes.length);
  }
}

/** Reads the live file from `offset`; following, waits for more, and goes on with the new file after a rotation. */
async function* readLive(
  path: string,
  offset: number,
  follow: boolean,
  ended: Promise<void>,
): AsyncGenerator<Uint8Array> {
  let file = await openIfThere(path);
  let position = offset;
  let finished = !follow;
  const signal = new Signal();
  const watcher = follow ? watch(dirname(path), () => signal.raise()) : undefined;
  if (follow) {
    ended.then(() => {
      finished = true;
      signal.raise();
    });
  }
  try {
    while (true) {
      const wasFinished = finished;
      const rotated = file === undefined || (follow && (await isReplaced(file, path)));
      for (let length = READ_SIZE; file && length > 0; ) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ_SIZE), 0, READ_SIZE, position);
        length = bytesRead;
        position += bytesRead;
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      }
      if (rotated) {
        const next = await openIfThere(path);
        if (next) {
          await file?.close();
          file = next;
          position = 0;
          continue;
        }
      }
      if (wasFinished) return;
      await signal.wait();
    }
  } finally {
    watcher?.close();
    await file?.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (thrown) {
    if (errorCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}

async function isReplaced(file: FileHandle, path: string): Promise<boolean> {
  const [mine, current] = await Promise.all([
    file.stat(),
    Bun.file(path)
      .stat()
      .catch(() => undefined),
  ]);
  return current !== undefined && current.ino !== mine.ino;
}

/** Joins chunks so that each ends with a newline; a torn last line waits for its rest and is dropped at the end. */
async function* wholeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.subarray(0, end);
  }
}

/** Cuts lines written after `until` off whole lines, and tells whether it had to. */
function untilTime(bytes: Uint8Array, until: bigint | undefined): { selected: Uint8Array; past: boolean } {
  if (until === undefined) return { selected: bytes, past: false };
  for (let start = 0; start < bytes.length; start = bytes.indexOf(NEWLINE, start) + 1) {
    const time = timeOfLine(bytes, start);
    if (time !== undefined && time > until) return { selected: bytes.subarray(0, start), past: true };
  }
  return { selected: bytes, past: false };
}

async function withFile<T>(path: string, missing: T, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openIfThere(path);
  if (!file) return missing;
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** A wake-up that is kept until someone waits for it. */
class Signal {
  private raised = false;
  private wake: (() => void) | undefined;

  raise(): void {
    this.raised = true;
    this.wake?.();
  }

  async wait(): Promise<void> {
    if (!this.raised) await new Promise<void>((resolve) => (this.wake = resolve));
    this.raised = false;
    this.wake = undefined;
  }
}
