// A config.json that is not written yet: a link to a pipe of the daemon, from which an OCI runtime that starts meanwhile reads
// it as soon as it is. Loading the runtime's program takes as long as preparing what config.json describes.
import { closeSync, renameSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { isErrno } from "../linux/errno.ts";
import { openPipe, type PipeEnds } from "../linux/pipes.ts";

/** For a text longer than the pipe: until the runtime has read some of it. */
const ROOM_INTERVAL_MILLISECONDS = 1;

export class ConfigPipe {
  private readonly path: string;
  /**
   * The text stays in the pipe until both ends are closed, for a runtime that has followed the link but not opened it yet. If
   * the daemon dies, the runtime finds no file or an empty one, and fails.
   */
  private readonly ends: PipeEnds;
  private isWriting = true;
  private isClosed = false;

  /** @param path of config.json, which must not exist */
  constructor(path: string) {
    this.path = path;
    this.ends = openPipe();
    symlinkSync(`/proc/${process.pid}/fd/${this.ends.read}`, path);
  }

  /** Puts the file in place of the link, and passes its text to a runtime that has followed the link before. */
  async write(text: string): Promise<void> {
    const file = `${this.path}.new`;
    writeFileSync(file, text, { mode: 0o600 });
    renameSync(file, this.path);
    let rest: Uint8Array = Buffer.from(text);
    for (;;) {
      rest = writeAvailable(this.ends.write, rest);
      if (rest.length === 0) break;
      await Bun.sleep(ROOM_INTERVAL_MILLISECONDS);
      if (this.isClosed) return;
    }
    this.endWriting();
  }

  /** No runtime reads from it any more. */
  close(): void {
    this.isClosed = true;
    this.endWriting();
    closeSync(this.ends.read);
  }

  private endWriting(): void {
    if (this.isWriting) closeSync(this.ends.write);
    this.isWriting = false;
  }
}

/** Writes as much as there is room for. @returns the rest */
function writeAvailable(descriptor: number, bytes: Uint8Array): Uint8Array {
  try {
    return bytes.subarray(writeSync(descriptor, bytes));
  } catch (thrown) {
    if (isErrno(thrown, "EAGAIN")) return bytes;
    throw thrown;
  }
}
