// Records in a small file how far a log has been processed. A record is written in place with one call, so that a
// killed daemon leaves either the old or the new record, and saving needs no rename.
import { type FileHandle, open } from "node:fs/promises";

/** Bytes of a record: room for a few numbers, padded with spaces. */
const RECORD_SIZE = 256;

/** Named numbers. */
export type PositionRecord = Readonly<Record<string, number>>;

export class PositionFile {
  private readonly handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.handle = handle;
  }

  static async open(path: string): Promise<PositionFile> {
    try {
      return new PositionFile(await open(path, "r+"));
    } catch {
      return new PositionFile(await open(path, "w+", 0o600));
    }
  }

  /** The record; undefined when there is none or the machine crashed while it was written. */
  async read(): Promise<PositionRecord | undefined> {
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(RECORD_SIZE), 0, RECORD_SIZE, 0);
    try {
      const record: PositionRecord = JSON.parse(buffer.toString("latin1", 0, bytesRead));
      return record;
    } catch {
      return undefined;
    }
  }

  async save(record: PositionRecord): Promise<void> {
    await this.handle.write(JSON.stringify(record).padEnd(RECORD_SIZE), 0, "latin1");
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
