// The rotated files of a log: NAME.1 is the newest, NAME.2 or NAME.2.gz an older one.
import { createReadStream, createWriteStream, existsSync, linkSync, renameSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { LogLimits } from "./limits.ts";

const NEWLINE = 0x0a;
const READ_SIZE = 256 * 1024;
const SUFFIXES = ["", ".gz"];

/**
 * Makes the live file the newest rotated one.
 * @param replace creates a new live file; when it fails, the old one stays live
 */
export async function rotate(path: string, limits: LogLimits, replace: () => Promise<void>): Promise<void> {
  const kept = limits.maxFiles - 1;
  shift(path, kept, 1);
  renameSync(path, `${path}.1`);
  try {
    await replace();
  } catch (thrown) {
    putBack(path);
    throw thrown;
  }
  if (kept === 0) rmSync(`${path}.1`, { force: true });
}

/**
 * Splits an oversized newest rotated file into several, of which the newest are kept.
 * @returns how many additional files there are now
 */
export async function splitNewest(path: string, limits: LogLimits): Promise<number> {
  const { maxSize, maxFiles } = limits;
  const size = statSync(`${path}.1`, { throwIfNoEntry: false })?.size ?? 0;
  // A small excess is not worth a copy.
  if (size <= maxSize + Math.min(READ_SIZE, maxSize / 16)) return 1;
  const parts = Math.min(Math.ceil(size / maxSize), maxFiles - 1);
  await split(path, limits, size, parts);
  return parts;
}

/** Renumbers the rotated files by an offset; those beyond `kept` are deleted. */
function shift(path: string, kept: number, by: number): void {
  for (let number = Math.max(kept, 1); number >= 1; number--) {
    for (const suffix of SUFFIXES) {
      const file = `${path}.${number}${suffix}`;
      if (number + by > kept) rmSync(file, { force: true });
      else if (existsSync(file)) renameSync(file, `${path}.${number + by}${suffix}`);
    }
  }
}

/** Does not rename, which would replace a new live file created meanwhile. */
function putBack(path: string): void {
  try {
    linkSync(`${path}.1`, path);
    rmSync(`${path}.1`);
  } catch {
    // A new live file exists, or the log is being removed.
  }
}

/** Splits the last `parts` times `maxSize` bytes of NAME.1 into NAME.1 to NAME.parts, at line ends. */
async function split(path: string, limits: LogLimits, size: number, parts: number): Promise<void> {
  const newest = `${path}.1`;
  const cuts: number[] = [];
  const source = await open(newest);
  try {
    for (let part = parts; part >= 1; part--) cuts.push(await lineStart(source, size - part * limits.maxSize));
  } finally {
    await source.close();
  }
  shift(path, limits.maxFiles - 1, parts - 1);
  const whole = `${path}.${parts}`;
  for (const [index, start] of cuts.entries()) {
    const end = (cuts[index + 1] ?? size) - 1;
    const partial = `${path}.partial`;
    const number = parts - index;
    if (end < start) continue;
    await pipeline(createReadStream(whole, { start, end }), createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, number === parts ? `${path}.oldest` : `${path}.${number}`);
  }
  if (existsSync(`${path}.oldest`)) renameSync(`${path}.oldest`, whole);
}

/** The start of the first line at or after `position`. */
export async function lineStart(file: FileHandle, position: number): Promise<number> {
  if (position <= 0) return 0;
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ_SIZE), 0, READ_SIZE, position - 1);
  const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
  return newline < 0 ? position : position + newline;
}

/** Compresses NAME.1 to NAME.1.gz. */
export async function compressRotated(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const partial = `${path}.partial`;
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(partial, { mode: 0o640 }));
    await rename(partial, `${path}.gz`);
    rmSync(path, { force: true });
  } catch (thrown) {
    rmSync(partial, { force: true });
    throw thrown;
  }
}
