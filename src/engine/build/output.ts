// The lines a build tells its client, in the form and the words of Docker's classic builder.
import { FRAME_HEADER_LENGTH, STDERR } from "../../api/streams.ts";
import type { Audience, Tell } from "./request.ts";

const RED = "\u001b[91m";
const PLAIN = "\u001b[0m";
const SHORT_ID_LENGTH = 12;

export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, SHORT_ID_LENGTH);
}

/** Counts the steps. */
export class BuildOutput {
  readonly tell: Tell;
  private readonly reader: Audience["reader"];
  private readonly steps: number;
  private step = 0;

  constructor({ tell, reader }: Audience, steps: number) {
    this.tell = tell;
    this.reader = reader;
    this.steps = steps;
  }

  line(text: string): void {
    this.tell({ stream: `${text}\n` });
  }

  /** What is no part of the work. */
  warn(text: string): void {
    this.tell({ stream: `${RED}${text}\n${PLAIN}` });
  }

  begin(instruction: string): void {
    this.step += 1;
    this.line(`Step ${this.step}/${this.steps} : ${instruction}`);
  }

  /** @param id undefined while there is no image yet */
  end(id: string | undefined): void {
    this.line(` ---> ${shortId(id ?? "")}`);
  }

  /** Passes a container's output on, in frames as they come. */
  async pass(frames: AsyncIterable<Uint8Array>): Promise<void> {
    const decoders = { out: new TextDecoder(), error: new TextDecoder() };
    for await (const { stream, payload } of unframed(frames)) {
      const isError = stream === STDERR;
      const text = (isError ? decoders.error : decoders.out).decode(payload, { stream: true });
      if (text !== "") this.tell({ stream: isError ? `${RED}${text}${PLAIN}` : text });
      await this.reader();
    }
  }
}

async function* unframed(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ stream: number; payload: Uint8Array }, void, void> {
  let pending = Buffer.alloc(0);
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= FRAME_HEADER_LENGTH) {
      const end = FRAME_HEADER_LENGTH + pending.readUInt32BE(4);
      if (pending.length < end) break;
      yield { stream: pending[0] ?? 0, payload: pending.subarray(FRAME_HEADER_LENGTH, end) };
      pending = pending.subarray(end);
    }
  }
}
