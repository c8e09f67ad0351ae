// Opens all files of a log together, so that a rotation does not affect a reader.
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { isErrno } from "../../../linux/errno.ts";

const READ_SIZE = 256 * 1024;
/** A rotation takes microseconds, so it does not interfere three times in a row. */
const ATTEMPTS = 3;

export interface LogFile {
  handle: FileHandle;
  compressed: boolean;
}

export interface OpenLog {
  /** Oldest first. */
  rotated: LogFile[];
  /** The live file; undefined before the container's first start. */
  live: FileHandle | undefined;
}

/** Opens the log at `path` and its rotated files (`NAME.2.gz`, `NAME.1`). The caller closes them. */
export async function openLog(path: string): Promise<OpenLog> {
  for (let attempt = 1; ; attempt++) {
    const log: OpenLog = { rotated: [], live: undefined };
    try {
      for (const file of await rotatedPaths(path)) {
        const handle = await openIfThere(file);
        if (handle) log.rotated.push({ handle, compressed: file.endsWith(".gz") });
      }
      log.live = await openIfThere(path);
      if (attempt === ATTEMPTS || (await isCurrent(path, log))) return log;
    } catch (thrown) {
      await closeLog(log);
      throw thrown;
    }
    await closeLog(log);
  }
}

/** Whether the names still refer to the open files, that is, no rotation happened meanwhile. */
async function isCurrent(path: string, { rotated, live }: OpenLog): Promise<boolean> {
  const paths = [...(await rotatedPaths(path)), ...(live ? [path] : [])];
  const handles = [...rotated.map(({ handle }) => handle), ...(live ? [live] : [])];
  if (paths.length !== handles.length) return false;
  const present = await Promise.all(paths.map((each) => inodeOf(each)));
  const opened = await Promise.all(handles.map(async (handle) => (await handle.stat()).ino));
  return opened.every((inode, index) => inode === present[index]);
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino;
}

export async function closeLog({ rotated, live }: OpenLog): Promise<void> {
  await Promise.all([...rotated.map(({ handle }) => handle), ...(live ? [live] : [])].map((handle) => handle.close()));
}

async function rotatedPaths(path: string): Promise<string[]> {
  const directory = dirname(path);
  const name = basename(path);
  const entries = await readdir(directory).catch(() => []);
  const present = new Set<string>(entries);
  return (
    entries
      .map((entry) => ({ entry, number: rotationNumber(name, entry) }))
      // Both forms exist while a file is being compressed.
      .filter(({ entry, number }) => number > 0 && !(entry.endsWith(".gz") && present.has(entry.slice(0, -3))))
      .sort((a, b) => b.number - a.number)
      .map(({ entry }) => join(directory, entry))
  );
}

function rotationNumber(name: string, entry: string): number {
  if (!entry.startsWith(`${name}.`)) return 0;
  return Number(/^(\d+)(?:\.gz)?$/.exec(entry.slice(name.length + 1))?.[1] ?? 0);
}

export async function openIfThere(path: string, flags = "r"): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return undefined;
    throw thrown;
  }
}

/** The content from `offset` on, in uncompressed bytes. */
export async function* contentOf({ handle, compressed }: LogFile, offset: number): AsyncGenerator<Uint8Array> {
  if (!compressed) {
    yield* contentFrom(handle, offset);
    return;
  }
  let skip = offset;
  const stream = handle.createReadStream({ start: 0, autoClose: false });
  for await (const chunk of stream.pipe(createGunzip({ chunkSize: READ_SIZE }))) {
    const bytes: Uint8Array = chunk;
    if (skip < bytes.length) yield bytes.subarray(skip);
    skip = Math.max(0, skip - bytes.length);
  }
}

/** The content of a file from `offset` to `end`, or to its current end. */
export async function* contentFrom(
  handle: FileHandle,
  offset: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  for (let position = offset; position < end; ) {
    const length = Math.min(READ_SIZE, end - position);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
