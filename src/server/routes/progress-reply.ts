// Replies that tell of their progress as lines of JSON: pull, push, load, import, build.
// What fails before the first line is a plain HTTP error; what fails later is a last line that says so.
import { messageOf } from "../../api/errors.ts";
import type { ProgressLine } from "../../api/images.ts";
import type { Reply } from "../exchange.ts";

export type TellProgress = (line: ProgressLine) => void;

/** Resolves when the client has read most of what it was told: who tells much waits for that. */
export type AwaitReader = () => Promise<void>;

/** Characters that may wait for a client that reads slowly. */
const MOST_WAITING = 1024 * 1024;

/** Runs `work`, whose lines become the reply's body as they are told. */
export async function progressReply(work: (tell: TellProgress, reader: AwaitReader) => Promise<void>): Promise<Reply> {
  const lines: string[] = [];
  let waiting = 0;
  let hasReader = true;
  const whenRead: (() => void)[] = [];
  const noteRead = (): void => {
    waiting = 0;
    for (const resolve of whenRead.splice(0)) resolve();
  };
  const reader = (): Promise<void> =>
    waiting < MOST_WAITING || !hasReader ? Promise.resolve() : new Promise((resolve) => whenRead.push(resolve));
  let isDone = false;
  let failure: unknown;
  let wake = (): void => {};
  let woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const notify = (): void => {
    wake();
    woken = new Promise((resolve) => {
      wake = resolve;
    });
  };
  const tell = (line: ProgressLine): void => {
    const text = `${JSON.stringify(line)}\r\n`;
    lines.push(text);
    waiting += text.length;
    notify();
  };
  const finished = work(tell, reader).then(
    () => {
      isDone = true;
      notify();
    },
    (thrown: unknown) => {
      failure = thrown;
      isDone = true;
      notify();
    },
  );
  if (lines.length === 0) await Promise.race([woken, finished]);
  if (lines.length === 0 && failure !== undefined) throw failure;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      while (!isDone || lines.length > 0) {
        const ready = lines.splice(0).join("");
        if (ready !== "") yield Buffer.from(ready);
        else if (!isDone) await woken;
        noteRead();
      }
    } finally {
      hasReader = false;
      noteRead();
    }
    if (failure !== undefined) yield Buffer.from(errorLine(failure));
  }
  return { type: "stream", status: 200, contentType: "application/json", body: body() };
}

/** What the command ended with whose end was the failure: clients end with it, too. */
function commandStatusOf(failure: unknown): number | undefined {
  if (!(failure instanceof Error) || !("commandStatus" in failure)) return undefined;
  return typeof failure.commandStatus === "number" ? failure.commandStatus : undefined;
}

function errorLine(failure: unknown): string {
  const message = messageOf(failure);
  const code = commandStatusOf(failure);
  const line: ProgressLine = { errorDetail: { ...(code === undefined ? {} : { code }), message }, error: message };
  return `${JSON.stringify(line)}\r\n`;
}
