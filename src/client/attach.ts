// The stream of an attached container or exec: what it prints, told apart, and what it is given to read.
import type { Hijacked } from "./hijack.ts";
import { type Frame, frames } from "./streams.ts";

export interface AttachStream {
  /** Ends when the process's outputs are closed or the engine lets go. With a terminal all of it is stream 1. */
  output: AsyncIterable<Frame>;
  /** Resolves when the bytes are on their way; false when the other side is gone. */
  write(chunk: Uint8Array): Promise<boolean>;
  /** Ends the process's standard input; its output goes on. */
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
