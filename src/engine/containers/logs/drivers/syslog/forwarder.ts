// Forwards the log of one container to syslog. It follows the monitor's file and records its position, so that no line
// is lost while the server or the daemon is down.
import { messageOf } from "../../../../../api/errors.ts";
import type { Log } from "../../../../../api/log.ts";
import type { ContainerSpec } from "../../../record.ts";
import { closeLog, contentOf, type LogFile, openLog } from "../../files.ts";
import { followLog } from "../../follow.ts";
import type { LogForwarder } from "../../log-driver.ts";
import { type LogMessage, type LogPlace, MessageReader } from "../../messages.ts";
import type { LogOptions } from "../../options.ts";
import { PositionFile } from "../../position-file.ts";
import { tagOf } from "../../tag.ts";
import { wholeLines } from "../../whole-lines.ts";
import { connectSyslog, type SyslogConnection } from "./connection.ts";
import { syslogMessage } from "./message.ts";
import { readSyslogOptions, type SyslogSettings } from "./options.ts";

const FIRST_RETRY_MILLISECONDS = 500;
const MAX_RETRY_MILLISECONDS = 30_000;

export class SyslogForwarder implements LogForwarder {
  private readonly settings: SyslogSettings;
  private readonly tag: string;
  private readonly path: string;
  private readonly log: Log;
  private readonly abort = new AbortController();
  private connection: SyslogConnection | undefined;
  private begun = false;

  /** @param path of the container's log */
  constructor(spec: ContainerSpec, options: LogOptions, path: string, log: Log) {
    this.settings = readSyslogOptions(options);
    this.tag = tagOf(spec, options);
    this.path = path;
    this.log = log;
  }

  get isRunning(): boolean {
    return this.begun;
  }

  /** Connects, so that an unreachable server fails the start. @throws Error */
  async connect(): Promise<void> {
    this.connection = await connectSyslog(this.settings);
  }

  /** Forwards the log until `ended`, and then the rest of it. Never rejects. */
  async run(ended: Promise<void>): Promise<void> {
    this.begun = true;
    try {
      await this.forward(ended);
    } catch (thrown) {
      if (!this.abort.signal.aborted) {
        this.log.warn("stopped forwarding to syslog", { path: this.path, reason: messageOf(thrown) });
      }
    }
    this.connection?.close();
  }

  stop(): void {
    this.abort.abort();
  }

  private async forward(ended: Promise<void>): Promise<void> {
    const positions = await PositionFile.open(`${this.path}-sent`);
    try {
      await this.forwardFrom(positions, ended);
    } finally {
      await positions.close();
    }
  }

  private async forwardFrom(positions: PositionFile, ended: Promise<void>): Promise<void> {
    const { inode: reachedInode = 0, offset: reachedOffset = 0, skip = 0 } = (await positions.read()) ?? {};
    const log = await openLog(this.path);
    try {
      const rotated = await Promise.all(log.rotated.filter(({ compressed }) => !compressed).map(withInode));
      const liveInode = log.live ? (await log.live.stat()).ino : 0;
      const isInLive = liveInode === reachedInode;
      const reached = rotated.findIndex(({ inode }) => inode === reachedInode);
      const offsetIn = (inode: number): number => (inode === reachedInode ? reachedOffset : 0);
      const reader = new MessageReader(isInLive || reached >= 0 ? skip : 0);
      const pass = async (content: AsyncIterable<Uint8Array>, place: LogPlace): Promise<void> => {
        for await (const bytes of wholeLines(content)) {
          for (const message of reader.take(bytes, place)) {
            await this.send(message);
            // After each message, so that a killed daemon repeats at most one.
            await positions.save({ ...message.next });
          }
          place.offset += bytes.length;
        }
      };
      for (const { file, inode } of isInLive ? [] : rotated.slice(Math.max(0, reached))) {
        const offset = offsetIn(inode);
        await pass(contentOf(file, offset), { inode, offset });
      }
      const place = { inode: liveInode, offset: offsetIn(liveInode) };
      const moved = (inode: number): void => {
        place.inode = inode;
        place.offset = 0;
      };
      await pass(followLog(this.path, log.live, place.offset, ended, this.abort.signal, moved), place);
    } finally {
      await closeLog(log).catch(() => {});
    }
  }

  /** Retries until the message is sent. @throws when the forwarder is stopped before that */
  private async send(message: LogMessage): Promise<void> {
    const { facility, format } = this.settings;
    const bytes = syslogMessage(message, { tag: this.tag, facility, format });
    for (let pause = FIRST_RETRY_MILLISECONDS; ; pause *= 2) {
      this.abort.signal.throwIfAborted();
      try {
        this.connection ??= await connectSyslog(this.settings);
        await this.connection.send(bytes);
        return;
      } catch (thrown) {
        this.connection?.close();
        this.connection = undefined;
        this.log.debug("syslog unreachable, retrying", { path: this.path, reason: messageOf(thrown) });
        await Bun.sleep(Math.min(pause, MAX_RETRY_MILLISECONDS));
      }
    }
  }
}

const withInode = async (file: LogFile): Promise<{ file: LogFile; inode: number }> => ({
  file,
  inode: (await file.handle.stat()).ino,
});
