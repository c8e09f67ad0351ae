// Replies that stream progress as lines of JSON: pull, push, load, import, build.
// A failure before the first line is a plain HTTP error, a later one is the last line of the stream.
import { messageOf } from "../../api/errors.ts";
import type { ProgressLine } from "../../api/images.ts";
import { PullQueue } from "../../async/pull-queue.ts";
import { transferLines } from "../../docker/progress.ts";
import type { TransferEvent } from "../../engine/index.ts";
import type { Reply } from "../exchange.ts";

export type TellProgress = (line: ProgressLine) => void;

/** The lines of the events of a transfer. */
export const reportTransfer =
  (tell: TellProgress) =>
  (event: TransferEvent): void => {
    for (const line of transferLines(event)) tell(line);
  };

/** Back-pressure: resolves when the client has read most of the output, or disconnected. */
export type AwaitReader = () => Promise<void>;

/** Characters that may wait for a client that reads slowly. */
const MAX_WAITING = 1024 * 1024;

export interface ProgressOptions {
  /** Report a failure in the stream even if it comes before the first line. */
  failsInStream?: boolean;
}

/** Runs `work`, whose lines become the reply's body as they come. */
export async function progressReply(
  work: (tell: TellProgress, reader: AwaitReader) => Promise<void>,
  { failsInStream = false }: ProgressOptions = {},
): Promise<Reply> {
  const progress = new Progress(failsInStream);
  const begun = progress.begun();
  const finished = work(
    (line) => progress.tell(line),
    () => progress.reader(),
  ).then(
    () => progress.end(),
    (thrown: unknown) => progress.fail(thrown),
  );
  await Promise.race([begun, finished]);
  progress.throwEarlyFailure();
  return { type: "stream", status: 200, contentType: "application/json", body: progress.body };
}

/** The lines between the work and the client. */
class Progress {
  readonly body = new PullQueue<Uint8Array>({ take: () => this.take(), release: () => this.release() });
  private lines: string[] = [];
  /** Characters not yet sent. */
  private waiting = 0;
  private hasReader = true;
  private hasLines = false;
  private failure: unknown;
  private whenRead: (() => void)[] = [];
  private onBegin = (): void => {};
  private readonly failsInStream: boolean;

  constructor(failsInStream: boolean) {
    this.failsInStream = failsInStream;
  }

  /** Resolves at the first line. */
  begun(): Promise<void> {
    return new Promise((resolve) => {
      this.onBegin = resolve;
    });
  }

  tell(line: ProgressLine): void {
    if (!this.hasReader) return;
    const text = `${JSON.stringify(line)}\r\n`;
    this.lines.push(text);
    this.waiting += text.length;
    this.hasLines = true;
    this.onBegin();
    this.body.wake();
  }

  reader(): Promise<void> {
    if (this.waiting < MAX_WAITING || !this.hasReader) return Promise.resolve();
    return new Promise((resolve) => this.whenRead.push(resolve));
  }

  end(): void {
    this.body.end();
  }

  /** After the first line a failure is a line too. */
  fail(thrown: unknown): void {
    if (this.hasLines || this.failsInStream) this.lines.push(errorLine(thrown));
    else this.failure = thrown;
    this.body.end();
  }

  /** @throws the error of a failure before the first line */
  throwEarlyFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Called when the client has taken everything before it. */
  private take(): Uint8Array | undefined {
    const ready = this.lines.join("");
    this.lines = [];
    this.noteRead();
    return ready === "" ? undefined : Buffer.from(ready);
  }

  private release(): void {
    this.hasReader = false;
    this.noteRead();
  }

  private noteRead(): void {
    this.waiting = 0;
    for (const resolve of this.whenRead.splice(0)) resolve();
  }
}

/** The exit code of the command that failed, if one did: clients exit with it, too. */
function exitCodeOf(failure: unknown): number | undefined {
  if (!(failure instanceof Error) || !("exitCode" in failure)) return undefined;
  return typeof failure.exitCode === "number" ? failure.exitCode : undefined;
}

function errorLine(failure: unknown): string {
  const message = messageOf(failure);
  const code = exitCodeOf(failure);
  const line: ProgressLine = { errorDetail: { ...(code === undefined ? {} : { code }), message }, error: message };
  return `${JSON.stringify(line)}\r\n`;
}
