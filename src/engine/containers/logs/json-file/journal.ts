// The monitor's file as the journal that a log is transcribed from. It is read line by line and cut behind that: the
// monitor goes on in a new file, and the old part is read to its end and deleted. Places are counted on over the cuts.
import { existsSync, renameSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { reopenLog } from "../../../../runtime/terminal-control.ts";
import { openIfThere } from "../files.ts";
import { monitorFileAppears, sizeOf } from "../monitor-file.ts";
import { lineStart } from "../rotation.ts";

const READ_SIZE = 256 * 1024;
const NEWLINE = 0x0a;

/** A place in one of the files, by its inode. */
export interface JournalPlace {
  inode: number;
  offset: number;
}

export interface JournalOptions {
  /** The file that the monitor writes. */
  path: string;
  /** Where the running monitor takes its requests. */
  bundle: string;
  isRunning(): boolean;
  /** Called when a held monitor must go on. */
  resume(): void;
}

export class Journal {
  private readonly options: JournalOptions;
  private readonly cutPath: string;
  private readonly buffer = Buffer.allocUnsafe(READ_SIZE);
  private handle: FileHandle | undefined;
  private inode = 0;
  /** How much of the open file was read. */
  private offset = 0;
  /** The place at which the open file starts. */
  private base = 0;
  /** Whether the open file is the part that was cut off. */
  private readsCut = false;
  /** The part that was cut off and read, while a line of it is still open. */
  private waitingPart: { inode: number; base: number } | undefined;
  private seenSize = -1;
  /** The monitor was asked to go on in a new file and has not done it yet, which it cannot do while it is held. */
  private switching = false;

  private constructor(options: JournalOptions) {
    this.options = options;
    this.cutPath = cutPathOf(options.path);
  }

  /** Opens the part that `recorded` is in, at that place; otherwise the oldest one, at its start. */
  static async open(options: JournalOptions, recorded: JournalPlace | undefined): Promise<Journal> {
    const journal = new Journal(options);
    await journal.openAt(recorded);
    return journal;
  }

  /** The place up to which it was read. */
  get place(): number {
    return this.base + this.offset;
  }

  /** Bytes that were not read. */
  get unread(): number {
    return (this.readsCut ? sizeOf(this.cutPath) : 0) + sizeOf(this.options.path) - this.offset;
  }

  /** The place of its present end. */
  get end(): number {
    return this.place + this.unread;
  }

  get hasNews(): boolean {
    return this.unread > 0 && sizeOf(this.options.path) !== this.seenSize;
  }

  /** Whether the monitor must go on so that a cut can be completed. */
  get needsMonitor(): boolean {
    return this.switching;
  }

  /** Where a place is, for {@link Journal.open}. */
  fileOf(place: number): JournalPlace {
    const part = this.waitingPart;
    if (part && place < this.base) return { inode: part.inode, offset: place - part.base };
    return { inode: this.inode, offset: place - this.base };
  }

  /** The next whole lines, valid until the next call; undefined at the present end. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (!this.handle) await this.openLive();
      if (!this.handle) {
        this.seenSize = 0;
        return undefined;
      }
      const { bytesRead } = await this.handle.read(this.buffer, 0, READ_SIZE, this.offset);
      const whole = bytesRead === 0 ? 0 : this.buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1;
      if (whole > 0) {
        this.offset += whole;
        return this.buffer.subarray(0, whole);
      }
      if (!(await this.leaveCut())) {
        this.seenSize = this.offset + bytesRead;
        return undefined;
      }
    }
  }

  /** Passes over all but the last `kept` bytes. False where a cut is under way. */
  async skip(kept: number): Promise<boolean> {
    if (!this.handle || this.readsCut || this.waitingPart) return false;
    this.offset = await lineStart(this.handle, (await this.handle.stat()).size - kept);
    return true;
  }

  /** Whether a part that was read waits until its lines are written. */
  get hasWaitingPart(): boolean {
    return this.waitingPart !== undefined;
  }

  /** Everything before `place` is written. */
  release(place: number): void {
    if (!this.waitingPart || place < this.base) return;
    this.waitingPart = undefined;
    rmSync(this.cutPath, { force: true });
  }

  /** Asks the monitor to go on in a new file. Only while no part waits. */
  async beginCut(): Promise<void> {
    if (!this.handle || this.readsCut || !this.options.isRunning()) return;
    this.readsCut = true;
    renameSync(this.options.path, this.cutPath);
    if (!(await reopenLog(this.options.bundle))) await this.finishCut();
  }

  /** Waits until the monitor does it. @throws Error when it does not */
  async finishCut(): Promise<void> {
    if (!this.readsCut) return;
    this.switching = true;
    this.options.resume();
    try {
      await monitorFileAppears(this.options.path, this.options.isRunning);
    } catch (thrown) {
      putBack(this.options.path);
      throw thrown;
    } finally {
      this.switching = false;
    }
  }

  /** Deletes what is there, read or not. The monitor goes on in a new file. @throws Error when it does not */
  async abandon(): Promise<void> {
    this.waitingPart = undefined;
    await this.beginCut();
    if (!this.readsCut) return;
    await this.finishCut();
    this.base += sizeOf(this.cutPath);
    this.offset = 0;
    this.readsCut = false;
    rmSync(this.cutPath, { force: true });
    const { handle } = this;
    await this.openLive();
    await handle?.close();
  }

  /** After the end of a run, and when everything was read and written. */
  async delete(): Promise<void> {
    for (const path of [this.cutPath, this.options.path]) rmSync(path, { force: true });
    await this.close();
    this.base += this.offset;
    this.offset = 0;
    this.inode = 0;
    this.readsCut = false;
    this.waitingPart = undefined;
    this.seenSize = 0;
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }

  private async openAt(recorded: JournalPlace | undefined): Promise<void> {
    // A daemon that was killed before the monitor went on in a new file: it goes on in the old one.
    putBack(this.options.path);
    await this.openLive();
    if (recorded && this.inode === recorded.inode) {
      rmSync(this.cutPath, { force: true });
      this.offset = recorded.offset;
      return;
    }
    const cut = await openIfThere(this.cutPath);
    if (!cut) return;
    await this.handle?.close();
    this.handle = cut;
    this.inode = (await cut.stat()).ino;
    this.readsCut = true;
    if (this.inode === recorded?.inode) this.offset = recorded.offset;
  }

  private async openLive(): Promise<void> {
    this.handle = await openIfThere(this.options.path);
    this.inode = this.handle ? (await this.handle.stat()).ino : 0;
  }

  /** At the end of the part that was cut off: goes on in the new file. False when there is none. */
  private async leaveCut(): Promise<boolean> {
    if (!this.readsCut || sizeOf(this.options.path) === 0) return false;
    const { handle, inode, base } = this;
    this.waitingPart = { inode, base };
    this.base += this.offset;
    this.offset = 0;
    this.readsCut = false;
    await this.openLive();
    await handle?.close();
    return true;
  }
}

const cutPathOf = (path: string): string => `${path}.cut`;

/** The files on disk of the journal at `path`: the live one, and the part that may have been cut off. */
export const journalFiles = (path: string): string[] => [path, cutPathOf(path)];

function putBack(path: string): void {
  if (!existsSync(path) && existsSync(cutPathOf(path))) renameSync(cutPathOf(path), path);
}
