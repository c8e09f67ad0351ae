// The log of Docker's json-file driver. The monitor's file is its journal: what the monitor writes there is transcribed
// line by line, and the journal is cut behind it. A position file says how far that is, so that a daemon that is killed
// loses no line and writes none twice: the next one cuts off what was written after the last position and goes on there.
import { existsSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Mutex } from "../../../../async/mutex.ts";
import { reopenLog } from "../../../../runtime/terminal-control.ts";
import { openIfThere } from "../files.ts";
import type { LogLimits } from "../limits.ts";
import type { LineFormat } from "../lines.ts";
import { monitorFileAppears, sizeOf } from "../monitor-file.ts";
import { PositionFile, type PositionRecord } from "../position-file.ts";
import { compressRotated, lineStart, rotate } from "../rotation.ts";
import type { StoredLog } from "../stored-log.ts";
import { JsonFileEncoder } from "./encoder.ts";
import { jsonFileLines } from "./lines.ts";

const READ_SIZE = 256 * 1024;
const NEWLINE = 0x0a;
/** Bytes of the journal at which it is cut. */
const MAX_JOURNAL = 256 << 10;
/** The same while nothing is written. */
const MAX_QUIET_JOURNAL = 16 << 10;
/** Bytes that may wait in the journal while the process goes on writing. */
const MAX_BACKLOG = 512 << 10;
/** Bytes beyond what is kept that are worth being passed over. */
const MAX_SKIPPED = 8 << 20;
/** As Docker's. */
const FILE_MODE = 0o640;

export interface JsonFileLogOptions {
  path: string;
  /** The file that the monitor writes. */
  journal: string;
  limits: LogLimits;
  /** The JSON object that each line gets as `attrs`; empty: none. */
  attributes: string;
  /** Where the running monitor takes its requests. */
  bundle: string;
  isRunning(): boolean;
}

/** The open files of a log that is being written. */
interface OpenFiles {
  output: FileHandle;
  outputInode: number;
  outputSize: number;
  positions: PositionFile;
  journal: FileHandle | undefined;
  journalInode: number;
  /** How much of the journal was read. */
  offset: number;
  /** What the encoder calls the start of the journal: it counts on over the cuts. */
  base: number;
  /** Whether `journal` is the part that was cut off and not yet read to its end. */
  readsCut: boolean;
  /** The same of the part that was cut off last, while a line of it is still open. */
  cut: { inode: number; base: number } | undefined;
  encoder: JsonFileEncoder;
  /** Room for what is read of the journal. */
  buffer: Buffer;
}

export class JsonFileLog implements StoredLog {
  readonly path: string;
  readonly limits: LogLimits;
  readonly format: LineFormat = jsonFileLines;
  private readonly options: JsonFileLogOptions;
  private readonly turns = new Mutex();
  private files: OpenFiles | undefined;
  private seenSize = -1;
  /** The monitor was asked to go on in a new journal and has not done it yet, which it cannot do while it is held. */
  private switching = false;
  private pieceReaders = 0;

  constructor(options: JsonFileLogOptions) {
    this.options = options;
    this.path = options.path;
    this.limits = options.limits;
  }

  monitorSize(): number {
    return sizeOf(this.options.journal);
  }

  isDue(): boolean {
    return this.monitorSize() !== this.seenSize;
  }

  mustHold(): boolean {
    const cutSize = this.files?.readsCut ? sizeOf(this.cutPath) : 0;
    return !this.switching && cutSize + this.monitorSize() - (this.files?.offset ?? 0) > MAX_BACKLOG;
  }

  /** Makes the file, or goes on in it. */
  open(): Promise<void> {
    return this.withFiles(async () => {});
  }

  store(): Promise<void> {
    return this.withFiles(async (files) => {
      await this.skipWhatIsNotKept(files);
      if (this.monitorSize() >= MAX_JOURNAL) await this.beginCut(files);
      await this.transcribe(files);
    });
  }

  trim(): Promise<void> {
    return this.withFiles(async (files) => {
      if (files.readsCut && this.options.isRunning()) await this.finishCut(files);
    });
  }

  tidy(): Promise<void> {
    return this.withFiles(async (files) => {
      if (this.monitorSize() < MAX_QUIET_JOURNAL) return;
      await this.beginCut(files);
      if (files.readsCut) await this.finishCut(files);
    });
  }

  end(): Promise<void> {
    return this.withFiles(async (files) => {
      await this.transcribe(files);
      await this.append(files, files.encoder.finish());
      this.dropCut(files);
      rmSync(this.options.journal, { force: true });
      await files.journal?.close();
      await this.forget(files);
    });
  }

  storePieces(): () => void {
    this.pieceReaders++;
    return () => {
      this.pieceReaders--;
    };
  }

  discard(file: string): Promise<void> {
    return this.turns.run(async () => {
      if (file !== this.path) rmSync(file, { force: true });
      else if (this.files) await this.rotate(this.files, { ...this.limits, maxFiles: 1 });
      else rmSync(file, { force: true });
    });
  }

  close(): Promise<void> {
    return this.turns.run(() => this.closeFiles());
  }

  /** After a failure the files are opened anew, at the last position. */
  private withFiles(work: (files: OpenFiles) => Promise<void>): Promise<void> {
    return this.turns.run(async () => {
      this.files ??= await this.openFiles();
      try {
        await work(this.files);
      } catch (thrown) {
        await this.closeFiles();
        throw thrown;
      }
    });
  }

  private async closeFiles(): Promise<void> {
    const { files } = this;
    this.files = undefined;
    await Promise.all([files?.output.close(), files?.positions.close(), files?.journal?.close()]);
  }

  private get cutPath(): string {
    return `${this.options.journal}.cut`;
  }

  private async openFiles(): Promise<OpenFiles> {
    const positions = await PositionFile.open(`${this.options.journal}-position`);
    const record = (await positions.read()) ?? {};
    const output = await this.openOutput(record);
    const { ino, size } = await output.stat();
    const { journal, inode: journalInode } = await this.openJournal(record);
    const isKnown = journalInode === record.journal;
    const start = isKnown ? { offset: record.offset ?? 0, skip: record.skip ?? 0 } : { offset: 0, skip: 0 };
    return {
      output,
      outputInode: ino,
      outputSize: size,
      positions,
      journal,
      journalInode,
      offset: start.offset,
      base: 0,
      readsCut: journal !== undefined && sizeOf(this.cutPath) > 0,
      cut: undefined,
      encoder: new JsonFileEncoder(this.options.attributes, start),
      buffer: Buffer.allocUnsafe(READ_SIZE),
    };
  }

  /** The live file, without what was written after the position in `record`. */
  private async openOutput(record: PositionRecord): Promise<FileHandle> {
    const { path } = this.options;
    const live = await openIfThere(path, "r+");
    const isRecorded = record.output === undefined || (await live?.stat())?.ino === record.output;
    if (live && isRecorded) {
      if (record.size !== undefined && (await live.stat()).size > record.size) await live.truncate(record.size);
      return live;
    }
    await live?.close();
    // A rotation came after the position: it is undone.
    const rotated = await openIfThere(`${path}.1`, "r+");
    if (rotated && record.output !== undefined && (await rotated.stat()).ino === record.output) {
      renameSync(`${path}.1`, path);
      await rotated.truncate(record.size ?? 0);
      return rotated;
    }
    await rotated?.close();
    return open(path, "w+", FILE_MODE);
  }

  /** The part of the journal that `record` points into, or its oldest one. */
  private async openJournal(record: PositionRecord): Promise<{ journal: FileHandle | undefined; inode: number }> {
    const { journal } = this.options;
    // A daemon that was killed while it cut the journal: the monitor goes on in the old file.
    if (existsSync(this.cutPath) && !existsSync(journal)) renameSync(this.cutPath, journal);
    const live = await openIfThere(journal);
    const inode = live ? (await live.stat()).ino : 0;
    if (live && inode === record.journal) {
      rmSync(this.cutPath, { force: true });
      return { journal: live, inode };
    }
    const cut = await openIfThere(this.cutPath);
    if (!cut) return { journal: live, inode };
    await live?.close();
    return { journal: cut, inode: (await cut.stat()).ino };
  }

  /** The open journal; undefined while the monitor has not made it. */
  private async journalOf(files: OpenFiles): Promise<FileHandle | undefined> {
    if (files.journal) return files.journal;
    files.journal = await openIfThere(this.options.journal);
    files.journalInode = files.journal ? (await files.journal.stat()).ino : 0;
    files.offset = 0;
    return files.journal;
  }

  private async transcribe(files: OpenFiles): Promise<void> {
    for (;;) {
      const journal = await this.journalOf(files);
      if (!journal) {
        this.seenSize = 0;
        break;
      }
      const { bytesRead } = await journal.read(files.buffer, 0, READ_SIZE, files.offset);
      const whole = files.buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1;
      if (bytesRead > 0 && whole > 0) {
        files.offset += whole;
        await this.append(files, files.buffer.subarray(0, whole), true);
      } else if (!(await this.goOnBehindCut(files))) {
        this.seenSize = files.offset + bytesRead;
        if (this.pieceReaders > 0) await this.append(files, files.encoder.finish());
        break;
      }
    }
  }

  /** Encodes and writes whole lines of the journal; or writes what is encoded already. */
  private async append(files: OpenFiles, bytes: Uint8Array, encode = false): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      if (files.outputSize >= this.limits.maxSize) await this.rotate(files, this.limits);
      const { output, taken } = encode
        ? files.encoder.encode(rest, this.limits.maxSize - files.outputSize)
        : { output: rest, taken: rest.length };
      for (let offset = 0; offset < output.length; ) {
        const position = files.outputSize;
        const { bytesWritten } = await files.output.write(output, offset, output.length - offset, position);
        offset += bytesWritten;
        files.outputSize += bytesWritten;
      }
      rest = rest.subarray(taken);
      if (taken === 0) break;
    }
    await this.savePosition(files);
    if (files.cut && files.encoder.replayPoint.offset >= files.base) this.dropCut(files);
  }

  private async savePosition({ encoder, base, cut, journalInode, outputInode, outputSize, positions }: OpenFiles) {
    const { offset, skip } = encoder.replayPoint;
    const isInCut = cut !== undefined && offset < base;
    await positions.save({
      journal: isInCut ? cut.inode : journalInode,
      offset: offset - (isInCut ? cut.base : base),
      skip,
      output: outputInode,
      size: outputSize,
    });
  }

  private async rotate(files: OpenFiles, limits: LogLimits): Promise<void> {
    await this.savePosition(files);
    await rotate(this.path, limits, async () => {
      const output = await open(this.path, "wx+", FILE_MODE);
      await files.output.close();
      files.output = output;
      files.outputInode = (await output.stat()).ino;
      files.outputSize = 0;
    });
    await this.savePosition(files);
    if (limits.compress && limits.maxFiles > 1) await compressRotated(`${this.path}.1`);
  }

  /**
   * After a time without a daemon the journal may have more than is kept. Its lines are shorter than those they become,
   * so its last bytes are enough to fill all files.
   */
  private async skipWhatIsNotKept(files: OpenFiles): Promise<void> {
    const { path, limits, options } = this;
    const kept = limits.maxSize * limits.maxFiles;
    const journal = await this.journalOf(files);
    if (!journal || files.readsCut || files.cut) return;
    const { size } = await journal.stat();
    if (size - files.offset <= kept + MAX_SKIPPED) return;
    for (let number = 1; number < limits.maxFiles; number++) {
      for (const suffix of ["", ".gz"]) rmSync(`${path}.${number}${suffix}`, { force: true });
    }
    await files.output.truncate(0);
    files.outputSize = 0;
    files.offset = await lineStart(journal, size - kept);
    files.base = 0;
    files.encoder = new JsonFileEncoder(options.attributes, { offset: files.offset, skip: 0 });
    await this.savePosition(files);
  }

  /** Has the monitor begin a new journal; the old one is read to its end and then deleted. */
  private async beginCut(files: OpenFiles): Promise<void> {
    if (files.readsCut || !this.options.isRunning()) return;
    // Only one part may wait for the end of a line.
    if (files.cut) {
      await this.append(files, files.encoder.finish());
      this.dropCut(files);
    }
    const { journal, bundle } = this.options;
    if (!(await this.journalOf(files))) return;
    files.readsCut = true;
    renameSync(journal, this.cutPath);
    if (!(await reopenLog(bundle))) await this.finishCut(files);
  }

  private async finishCut(files: OpenFiles): Promise<void> {
    const { journal } = this.options;
    this.switching = true;
    try {
      await monitorFileAppears(journal, this.options.isRunning);
    } catch (thrown) {
      if (!existsSync(journal) && existsSync(this.cutPath)) renameSync(this.cutPath, journal);
      throw thrown;
    } finally {
      this.switching = false;
    }
    await this.transcribe(files);
  }

  /** At the end of a part that was cut off: goes on in the new journal. False when this is the end of all. */
  private async goOnBehindCut(files: OpenFiles): Promise<boolean> {
    const { journal } = this.options;
    if (!files.readsCut || sizeOf(journal) === 0) return false;
    const next = await openIfThere(journal);
    if (!next) return false;
    await files.journal?.close();
    files.cut = { inode: files.journalInode, base: files.base };
    files.readsCut = false;
    files.base += files.offset;
    files.journal = next;
    files.journalInode = (await next.stat()).ino;
    files.offset = 0;
    return true;
  }

  private dropCut(files: OpenFiles): void {
    files.cut = undefined;
    rmSync(this.cutPath, { force: true });
  }

  /** After the journal is gone: what comes next is another one. */
  private async forget(files: OpenFiles): Promise<void> {
    files.journal = undefined;
    files.journalInode = 0;
    files.offset = 0;
    files.base = 0;
    files.encoder = new JsonFileEncoder(this.options.attributes, { offset: 0, skip: 0 });
    this.seenSize = 0;
    await this.savePosition(files);
  }
}
