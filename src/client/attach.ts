// The streams of an attached container or exec: its output by stream, and its input.
import type { Hijacked } from "./hijack.ts";
import { type Frame, frames } from "./streams.ts";

export interface AttachStream {
  /** Ends with the process's output or when the engine closes it. With a terminal everything is stream 1. */
  output: AsyncIterable<Frame>;
  /** Resolves when the bytes are sent; false when the peer has disconnected. */
  write(chunk: Uint8Array): Promise<boolean>;
  /** Closes the process's standard input; its output continues. */
  closeWrite(): Promise<void>;
  close(): void;
}

async function* single(raw: Hijacked): AsyncGenerator<Frame> {
  for await (const payload of raw.output) yield { stream: 1, payload };
}

export function attachStream(raw: Hijacked, multiplexed: boolean): AttachStream {
  return {
    output: multiplexed ? frames(raw.output) : single(raw),
    write: (chunk) => raw.write(chunk),
    closeWrite: () => raw.closeWrite(),
    close: () => raw.close(),
  };
}
