// Parsers of the engine's streams: lines of JSON, and multiplexed frames.
import { FRAME_HEADER_LENGTH } from "../api/streams.ts";

export type Bytes = AsyncIterable<Uint8Array>;

/** One payload of a multiplexed stream; `stream` is 1 for stdout, 2 for stderr, 3 for an error of the engine. */
export interface Frame {
  stream: number;
  payload: Uint8Array;
}

/** The lines that are not empty. */
export async function* textLines(bytes: Bytes): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  if (rest.trim() !== "") yield rest;
}

/** The JSON values of a stream of lines. */
export async function* jsonLines<T>(bytes: Bytes): AsyncGenerator<T> {
  for await (const line of textLines(bytes)) yield JSON.parse(line);
}

/**
 * Demultiplexes a stream. A large payload is passed on in pieces as it comes.
 */
export async function* frames(bytes: Bytes): AsyncGenerator<Frame> {
  const header = new Uint8Array(FRAME_HEADER_LENGTH);
  const length = new DataView(header.buffer);
  let headerFilled = 0;
  let remaining = 0;
  for await (const chunk of bytes) {
    let at = 0;
    while (at < chunk.length) {
      if (remaining === 0) {
        const piece = chunk.subarray(at, at + FRAME_HEADER_LENGTH - headerFilled);
        header.set(piece, headerFilled);
        headerFilled += piece.length;
        at += piece.length;
        if (headerFilled < FRAME_HEADER_LENGTH) break;
        headerFilled = 0;
        remaining = length.getUint32(4);
        continue;
      }
      const payload = chunk.subarray(at, at + remaining);
      at += payload.length;
      remaining -= payload.length;
      yield { stream: header[0] ?? 0, payload };
    }
  }
}
