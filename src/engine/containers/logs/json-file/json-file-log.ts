// The log of Docker's json-file driver, transcribed line by line from the monitor's file, its journal. A position file
// records the progress, so that no line is lost or written twice when the daemon is killed: the next daemon truncates
// the output to the last position and continues there.
import { rmSync } from "node:fs";
import { Mutex } from "../../../../async/mutex.ts";
import { isErrno } from "../../../../linux/errno.ts";
import type { LogLimits } from "../limits.ts";
import type { LineFormat } from "../lines.ts";
import { sizeOf } from "../monitor-file.ts";
import { PositionFile } from "../position-file.ts";
import type { LogPressure, StoredLog } from "../stored-log.ts";
import { JsonFileEncoder, type ReplayPoint } from "./encoder.ts";
import { Journal, journalFiles } from "./journal.ts";
import { jsonFileLines } from "./lines.ts";
import { OutputFile } from "./output-file.ts";

/** Journal size in bytes at which it is rotated. */
const MAX_JOURNAL = 512 << 10;
/** The same while the container is quiet. */
const MAX_QUIET_JOURNAL = 16 << 10;
/** Maximum unread bytes in the journal while the process keeps writing. */
const MAX_BACKLOG = 512 << 10;
/** Unread bytes that are transcribed immediately. */
const MIN_URGENT = 128 << 10;
/** Bytes transcribed at a time, so that a process that keeps writing cannot block other users of the log. */
const MAX_TURN = 1 << 20;
/** Minimum excess over the retained size that is worth skipping. */
const MIN_SKIPPED = 8 << 20;

export interface JsonFileLogOptions {
  path: string;
  /** The file that the monitor writes. */
  journal: string;
  limits: LogLimits;
  /** JSON object for each line's `attrs`; empty: none. */
  attributes: string;
  /** The running monitor's bundle, which has its control FIFO. */
  bundle: string;
  isRunning(): boolean;
  /** Called when a blocked monitor must be unblocked. */
  resume(): void;
}

/** The open files while a log is written. */
interface Parts {
  journal: Journal;
  encoder: JsonFileEncoder;
  output: OutputFile;
  positions: PositionFile;
}

export class JsonFileLog implements StoredLog {
  readonly path: string;
  readonly limits: LogLimits;
  readonly format: LineFormat = jsonFileLines;
  private readonly options: JsonFileLogOptions;
  private readonly turns = new Mutex();
  private parts: Parts | undefined;
  private pieceReaders = 0;
  /** Bytes written to the output file. */
  private appended = 0;

  constructor(options: JsonFileLogOptions) {
    this.options = options;
    this.path = options.path;
    this.limits = options.limits;
  }

  monitorSize(): number {
    return sizeOf(this.options.journal);
  }

  written(): number {
    return this.parts?.journal.end ?? this.monitorSize();
  }

  size(): number {
    const journal = journalFiles(this.options.journal).reduce((sum, path) => sum + sizeOf(path), 0);
    return journal + this.appended;
  }

  isDue(): boolean {
    return this.parts?.journal.hasNews ?? true;
  }

  pressure(): LogPressure {
    const backlog = this.parts?.journal.unread ?? this.monitorSize();
    return backlog > MAX_BACKLOG ? "full" : backlog > MIN_URGENT ? "urgent" : "low";
  }

  needsMonitor(): boolean {
    return this.parts?.journal.needsMonitor ?? false;
  }

  /** Creates the file, or continues it. */
  open(): Promise<void> {
    return this.withParts(async () => {});
  }

  async store(): Promise<void> {
    try {
      await this.storeTurn();
    } catch (thrown) {
      if (!isErrno(thrown, "ENOSPC")) throw thrown;
      await this.withParts((parts) => this.makeRoom(parts));
      await this.storeTurn();
    }
  }

  private storeTurn(): Promise<void> {
    return this.withParts(async (parts) => {
      await this.skipWhatIsNotKept(parts);
      if (this.monitorSize() >= MAX_JOURNAL) await this.beginCut(parts);
      // Excludes what is written meanwhile: a reader as fast as the writer would process it in small pieces.
      await this.transcribe(parts, Math.min(parts.journal.place + MAX_TURN, parts.journal.end));
    });
  }

  async catchUp(): Promise<void> {
    const goal = await this.withParts(async ({ journal }) => journal.end);
    let reached = -1;
    for (let place = 0; place < goal && place > reached; ) {
      reached = place;
      place = await this.withParts(async (parts) => {
        await this.transcribe(parts, parts.journal.place + MAX_TURN);
        return parts.journal.place;
      });
    }
  }

  trim(): Promise<void> {
    return this.withParts((parts) => this.finishCut(parts));
  }

  tidy(): Promise<void> {
    return this.withParts(async (parts) => {
      if (this.monitorSize() < MAX_QUIET_JOURNAL) return;
      await this.beginCut(parts);
      await this.finishCut(parts);
    });
  }

  end(): Promise<void> {
    return this.withParts(async (parts) => {
      await this.transcribe(parts);
      await this.flush(parts);
      await parts.journal.delete();
      parts.encoder = this.encoderAt({ offset: parts.journal.place, skip: 0 });
      await savePosition(parts);
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
      if (file !== this.path || !this.parts) rmSync(file, { force: true });
      else await this.rotate(this.parts, 1);
    });
  }

  close(): Promise<void> {
    return this.turns.run(() => this.closeParts());
  }

  /** After a failure, reopens all files at the last position. */
  private withParts<T>(work: (parts: Parts) => Promise<T>): Promise<T> {
    return this.turns.run(async () => {
      this.parts ??= await this.openParts();
      try {
        return await work(this.parts);
      } catch (thrown) {
        await this.closeParts();
        throw thrown;
      }
    });
  }

  private async openParts(): Promise<Parts> {
    const { path, limits, journal: journalPath, bundle, isRunning, resume } = this.options;
    const positions = await PositionFile.open(`${journalPath}-position`);
    const record = await positions.read();
    const { journal: inode = 0, offset = 0, skip = 0, output: outputInode = 0, size = 0 } = record ?? {};
    const output = await OutputFile.open(path, limits, record && { inode: outputInode, size });
    const journal = await Journal.open({ path: journalPath, bundle, isRunning, resume }, record && { inode, offset });
    const isRecorded = journal.fileOf(journal.place).inode === inode;
    const encoder = this.encoderAt({ offset: journal.place, skip: isRecorded ? skip : 0 });
    return { journal, encoder, output, positions };
  }

  private async closeParts(): Promise<void> {
    const { parts } = this;
    this.parts = undefined;
    await Promise.all([parts?.output.close(), parts?.positions.close(), parts?.journal.close()]);
  }

  private encoderAt(start: ReplayPoint): JsonFileEncoder {
    return new JsonFileEncoder(this.options.attributes, start);
  }

  /** Transcribes to the current end of the journal, or to a position not far after `goal`. */
  private async transcribe(parts: Parts, goal = Number.POSITIVE_INFINITY): Promise<void> {
    const { journal, encoder, output } = parts;
    for (let lines = await journal.read(); lines; lines = journal.place < goal ? await journal.read() : undefined) {
      for (let rest = lines; rest.length > 0; ) {
        if (output.room === 0) await this.rotate(parts);
        const { output: encoded, taken } = encoder.encode(rest, output.room);
        await this.append(output, encoded);
        rest = rest.subarray(taken);
      }
      await savePosition(parts);
      journal.release(encoder.replayPoint.offset);
    }
    if (this.pieceReaders > 0) await this.flush(parts);
  }

  /** Writes the pieces of incomplete lines. */
  private async flush(parts: Parts): Promise<void> {
    const { journal, encoder, output } = parts;
    await this.append(output, encoder.finish());
    await savePosition(parts);
    journal.release(encoder.replayPoint.offset);
  }

  /** On a full disk, discards the log: first its file, and if that is empty, the untranscribed part. */
  private async makeRoom(parts: Parts): Promise<void> {
    const { journal, output } = parts;
    if (output.written.size > 0) return this.rotate(parts, 1);
    await journal.abandon();
    parts.encoder = this.encoderAt({ offset: journal.place, skip: 0 });
    await savePosition(parts);
  }

  private async append(output: OutputFile, bytes: Uint8Array): Promise<void> {
    this.appended += bytes.length;
    await output.append(bytes);
  }

  private async rotate(parts: Parts, maxFiles?: number): Promise<void> {
    await savePosition(parts);
    await parts.output.rotate(maxFiles);
    await savePosition(parts);
    await parts.output.compress();
  }

  /** Rotates the journal. Incomplete lines of the last rotated file are written, because only one is kept. */
  private async beginCut(parts: Parts): Promise<void> {
    if (parts.journal.hasWaitingPart) await this.flush(parts);
    await parts.journal.beginCut();
  }

  private async finishCut(parts: Parts): Promise<void> {
    await parts.journal.finishCut();
    await this.transcribe(parts, parts.journal.place + MAX_TURN);
  }

  /**
   * While no daemon ran, the journal may have grown beyond the retained size. Its lines are shorter than the output
   * lines, so its last bytes suffice to fill all files.
   */
  private async skipWhatIsNotKept(parts: Parts): Promise<void> {
    const { journal, output } = parts;
    const kept = this.limits.maxSize * this.limits.maxFiles;
    if (journal.unread <= kept + MIN_SKIPPED || !(await journal.skip(kept))) return;
    await output.clear();
    parts.encoder = this.encoderAt({ offset: journal.place, skip: 0 });
    await savePosition(parts);
  }
}

async function savePosition({ journal, encoder, output, positions }: Parts): Promise<void> {
  const { offset: place, skip } = encoder.replayPoint;
  const { inode, offset } = journal.fileOf(place);
  const { inode: outputInode, size } = output.written;
  await positions.save({ journal: inode, offset, skip, output: outputInode, size });
}
