// conmon's sync pipe: lines of JSON, `{"data": number, "message": text}`. The first has the pid of the process; for an exec
// a second one has its exit code.
import { BerthError } from "../api/errors.ts";
import { PullQueue } from "../async/pull-queue.ts";

export interface Report {
  data: number;
  message: string;
}

export class SyncPipe {
  private readonly lines: string[] = [];
  private rest = "";
  private readonly queue = new PullQueue<string>({ take: () => this.lines.shift() });
  private socket: Bun.Socket | undefined;

  /** Takes over a connected socket's descriptor. */
  static async open(descriptor: number): Promise<SyncPipe> {
    const pipe = new SyncPipe();
    const decoder = new TextDecoder();
    const end = () => pipe.end();
    pipe.socket = await Bun.connect({
      fd: descriptor,
      socket: {
        data: (_socket, bytes) => pipe.take(decoder.decode(bytes, { stream: true })),
        end,
        close: end,
        error: end,
      },
    });
    return pipe;
  }

  /** The next report; undefined when the monitor ends without one, or the deadline passes. */
  async next(deadlineMilliseconds?: number): Promise<Report | undefined> {
    const timer = deadlineMilliseconds === undefined ? undefined : setTimeout(() => this.end(), deadlineMilliseconds);
    const { value: line } = await this.queue.next();
    clearTimeout(timer);
    return line === undefined ? undefined : parseReport(line);
  }

  close(): void {
    this.end();
    this.socket?.end();
  }

  private take(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    this.lines.push(...lines);
    this.queue.wake();
  }

  private end(): void {
    this.queue.end();
  }
}

function parseReport(line: string): Report {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (thrown) {
    throw new BerthError("internal", `invalid report of the container monitor: ${line}`, thrown);
  }
  if (typeof parsed !== "object" || parsed === null || !("data" in parsed) || typeof parsed.data !== "number") {
    throw new BerthError("internal", `invalid report of the container monitor: ${line}`);
  }
  const message = "message" in parsed && typeof parsed.message === "string" ? parsed.message : "";
  return { data: parsed.data, message };
}
