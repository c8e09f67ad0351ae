// Synchronous standard input and output of a worker, which has nothing else to do meanwhile.
import { readSync, writeSync } from "node:fs";
import { isErrno } from "../../linux/errno.ts";
import { Gather } from "../archive/gather.ts";

const STDIN = 0;
const STDOUT = 1;
const CHUNK_LENGTH = 1024 * 1024;
const OUTPUT_LENGTH = 256 * 1024;
const PAUSE_MILLISECONDS = 1;

/** Each chunk is valid until the next one is requested. */
export async function* readInput(): AsyncGenerator<Uint8Array, void, void> {
  const chunk = Buffer.allocUnsafe(CHUNK_LENGTH);
  for (;;) {
    const length = whenReady(() => readSync(STDIN, chunk));
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

/**
 * Writes the output of `produce`; each chunk must be valid only until the write returns.
 * @throws EPIPE when the reader has closed the pipe
 */
export function writeOutput(produce: (take: (piece: Uint8Array) => void) => void): void {
  const gather = new Gather(OUTPUT_LENGTH, write);
  produce((piece) => gather.write(piece));
  gather.flush();
}

function write(chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += whenReady(() => writeSync(STDOUT, chunk, at));
}

/** The other end may have made the pipe non-blocking. */
function whenReady(work: () => number): number {
  for (;;) {
    try {
      return work();
    } catch (thrown) {
      if (!isErrno(thrown, "EAGAIN")) throw thrown;
      Bun.sleepSync(PAUSE_MILLISECONDS);
    }
  }
}
