// The output file of Docker's json-file driver, and its rotation.
import { renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { openIfThere } from "../files.ts";
import type { LogLimits } from "../limits.ts";
import { compressRotated, rotate } from "../rotation.ts";

/** The same mode as Docker's. */
const FILE_MODE = 0o640;

/** The length of a file, by its inode. */
export interface WrittenPart {
  inode: number;
  size: number;
}

export class OutputFile {
  private readonly path: string;
  private readonly limits: LogLimits;
  private handle: FileHandle;
  private part: WrittenPart;

  private constructor(path: string, limits: LogLimits, handle: FileHandle, part: WrittenPart) {
    this.path = path;
    this.limits = limits;
    this.handle = handle;
    this.part = part;
  }

  /** Opens or creates the live file, and truncates it to `recorded`. */
  static async open(path: string, limits: LogLimits, recorded: WrittenPart | undefined): Promise<OutputFile> {
    const handle = await openAsRecorded(path, recorded);
    const { ino: inode, size } = await handle.stat();
    return new OutputFile(path, limits, handle, { inode, size });
  }

  get written(): WrittenPart {
    return { ...this.part };
  }

  /** Bytes until the file is full and rotated before the next line; 0 when it is. */
  get room(): number {
    return Math.max(0, this.limits.maxSize - this.part.size);
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesWritten } = await this.handle.write(bytes, offset, bytes.length - offset, this.part.size);
      offset += bytesWritten;
      this.part.size += bytesWritten;
    }
  }

  /** Rotates: starts a new file. */
  async rotate(maxFiles = this.limits.maxFiles): Promise<void> {
    await rotate(this.path, { ...this.limits, maxFiles }, async () => {
      const handle = await open(this.path, "wx+", FILE_MODE);
      await this.handle.close();
      this.handle = handle;
      this.part = { inode: (await handle.stat()).ino, size: 0 };
    });
  }

  /** Compresses what {@link rotate} has rotated, if configured. */
  async compress(): Promise<void> {
    if (this.limits.compress) await compressRotated(`${this.path}.1`);
  }

  /** Deletes all files, including rotated ones. */
  async clear(): Promise<void> {
    for (let number = 1; number < this.limits.maxFiles; number++) {
      for (const suffix of ["", ".gz"]) rmSync(`${this.path}.${number}${suffix}`, { force: true });
    }
    await this.handle.truncate(0);
    this.part.size = 0;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function openAsRecorded(path: string, recorded: WrittenPart | undefined): Promise<FileHandle> {
  const live = await openIfThere(path, "r+");
  const status = await live?.stat();
  if (live && (recorded === undefined || status?.ino === recorded.inode)) {
    if (recorded && (status?.size ?? 0) > recorded.size) await live.truncate(recorded.size);
    return live;
  }
  await live?.close();
  // A rotation happened after the record: undo it.
  const rotated = await openIfThere(`${path}.1`, "r+");
  if (rotated && recorded && (await rotated.stat()).ino === recorded.inode) {
    renameSync(`${path}.1`, path);
    await rotated.truncate(recorded.size);
    return rotated;
  }
  await rotated?.close();
  return open(path, "w+", FILE_MODE);
}
