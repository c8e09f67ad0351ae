// The monitor's file as the journal from which a log is transcribed. It is read line by line and rotated: the monitor
// continues in a new file, and the old one is read to its end and deleted. Positions continue across files.
import { existsSync, renameSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { reopenLog } from "../../../../runtime/terminal-control.ts";
import { openIfThere } from "../files.ts";
import { monitorFileAppears, sizeOf } from "../monitor-file.ts";
import { lineStart } from "../rotation.ts";

const READ_SIZE = 256 * 1024;
const NEWLINE = 0x0a;

/** A position in one of the files, by its inode. */
export interface JournalPlace {
  inode: number;
  offset: number;
}

export interface JournalOptions {
  /** The file that the monitor writes. */
  path: string;
  /** The running monitor's bundle, which has its control FIFO. */
  bundle: string;
  isRunning(): boolean;
  /** Called when a blocked monitor must be unblocked. */
  resume(): void;
}

export class Journal {
  private readonly options: JournalOptions;
  private readonly cutPath: string;
  private readonly buffer = Buffer.allocUnsafe(READ_SIZE);
  private handle: FileHandle | undefined;
  private inode = 0;
  /** How much of the open file has been read. */
  private offset = 0;
  /** The position at which the open file starts. */
  private base = 0;
  /** Whether the open file is the rotated one. */
  private readsCut = false;
  /** A rotated file that was read completely, while one of its lines is still incomplete. */
  private waitingPart: { inode: number; base: number } | undefined;
  private seenSize = -1;
  /** The monitor was asked to reopen its log and has not done so, which it cannot while it is blocked. */
  private switching = false;

  private constructor(options: JournalOptions) {
    this.options = options;
    this.cutPath = cutPathOf(options.path);
  }

  /** Opens the file that contains the position `recorded`, at that position; otherwise the oldest one, at its start. */
  static async open(options: JournalOptions, recorded: JournalPlace | undefined): Promise<Journal> {
    const journal = new Journal(options);
    await journal.openAt(recorded);
    return journal;
  }

  /** The position up to which it was read. */
  get place(): number {
    return this.base + this.offset;
  }

  /** Number of unread bytes. */
  get unread(): number {
    return (this.readsCut ? sizeOf(this.cutPath) : 0) + sizeOf(this.options.path) - this.offset;
  }

  /** The position of its current end. */
  get end(): number {
    return this.place + this.unread;
  }

  get hasNews(): boolean {
    return this.unread > 0 && sizeOf(this.options.path) !== this.seenSize;
  }

  /** Whether the monitor must be unblocked so that a rotation can complete. */
  get needsMonitor(): boolean {
    return this.switching;
  }

  /** A position in the form for {@link Journal.open}. */
  fileOf(place: number): JournalPlace {
    const part = this.waitingPart;
    if (part && place < this.base) return { inode: part.inode, offset: place - part.base };
    return { inode: this.inode, offset: place - this.base };
  }

  /** The next whole lines, valid until the next call; undefined at the current end. */
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

  /** Skips all but the last `kept` bytes. False during a rotation. */
  async skip(kept: number): Promise<boolean> {
    if (!this.handle || this.readsCut || this.waitingPart) return false;
    this.offset = await lineStart(this.handle, (await this.handle.stat()).size - kept);
    return true;
  }

  /** Whether a rotated file is kept until its lines are written. */
  get hasWaitingPart(): boolean {
    return this.waitingPart !== undefined;
  }

  /** Reports that everything before `place` is written. */
  release(place: number): void {
    if (!this.waitingPart || place < this.base) return;
    this.waitingPart = undefined;
    rmSync(this.cutPath, { force: true });
  }

  /** Asks the monitor to reopen its log. Only allowed while no rotated file is kept. */
  async beginCut(): Promise<void> {
    if (!this.handle || this.readsCut || !this.options.isRunning()) return;
    this.readsCut = true;
    renameSync(this.options.path, this.cutPath);
    if (!(await reopenLog(this.options.bundle))) await this.finishCut();
  }

  /** Waits until the monitor has done so. @throws Error when it does not */
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

  /** Deletes all content, read or not; the monitor continues in a new file. @throws Error when it does not */
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

  /** Called after a run, when everything was read and written. */
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
    // An earlier daemon was killed before the monitor reopened its log: it still writes to the old file.
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

  /** At the end of the rotated file, continues with the new one. False when there is none. */
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

/** The journal's files on disk at `path`: the live one, and possibly a rotated one. */
export const journalFiles = (path: string): string[] => [path, cutPathOf(path)];

function putBack(path: string): void {
  if (!existsSync(path) && existsSync(cutPathOf(path))) renameSync(cutPathOf(path), path);
}
