// Demultiplexes container output chunk by chunk. Most frames hold one line; handling thousands of frames one by one
// would take longer than their lines.
import { FRAME_HEADER_LENGTH } from "../../../api/streams.ts";

export interface Output {
  /** 1 is stdout, 2 is stderr. */
  stream: number;
  bytes: Uint8Array;
}

export class Demultiplexer {
  readonly #header = new Uint8Array(FRAME_HEADER_LENGTH);
  readonly #length = new DataView(this.#header.buffer);
  #filled = 0;
  #remaining = 0;

  /** The payloads in a chunk; consecutive ones of the same stream are joined. */
  add(chunk: Uint8Array): Output[] {
    const found: Output[] = [];
    const payloads = new Uint8Array(chunk.length);
    let start = 0;
    let end = 0;
    let stream = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#remaining === 0) {
        const piece = chunk.subarray(at, at + FRAME_HEADER_LENGTH - this.#filled);
        this.#header.set(piece, this.#filled);
        this.#filled += piece.length;
        at += piece.length;
        if (this.#filled < FRAME_HEADER_LENGTH) break;
        this.#filled = 0;
        this.#remaining = this.#length.getUint32(4);
        continue;
      }
      const payload = chunk.subarray(at, at + this.#remaining);
      at += payload.length;
      this.#remaining -= payload.length;
      if (stream !== this.#header[0]) {
        if (end > start) found.push({ stream, bytes: payloads.subarray(start, end) });
        start = end;
        stream = this.#header[0] ?? 0;
      }
      payloads.set(payload, end);
      end += payload.length;
    }
    if (end > start) found.push({ stream, bytes: payloads.subarray(start, end) });
    return found;
  }
}
