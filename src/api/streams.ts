// The framing of attach, exec and log streams without a terminal: an 8-byte header, then the payload.
// Source: Engine API, "Stream format" of POST /containers/{id}/attach.

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
export const SYSTEM_ERROR = 3;
/** Only in the answers of Berth's own requests (runs.ts). */
export const REPORT = 4;
export type StreamId = typeof REPORT | typeof STDIN | typeof STDOUT | typeof STDERR | typeof SYSTEM_ERROR;

export const FRAME_HEADER_LENGTH = 8;

export const RAW_STREAM = "application/vnd.docker.raw-stream";
export const MULTIPLEXED_STREAM = "application/vnd.docker.multiplexed-stream";

/** A piece of one of the streams. */
export interface StreamPiece {
  stream: StreamId;
  payload: Uint8Array;
}

/** One frame: stream, three zero bytes, the payload's length as 32-bit big-endian, the payload. */
export function encodeFrame(stream: StreamId, payload: Uint8Array): Uint8Array {
  return encodeFrames([{ stream, payload }]);
}

/** The pieces in their order, neighbours of one stream as one frame. */
export function encodeFrames(pieces: readonly StreamPiece[]): Uint8Array {
  const headers = pieces.filter(({ stream }, index) => stream !== pieces[index - 1]?.stream).length;
  const payloads = pieces.reduce((sum, { payload }) => sum + payload.length, 0);
  const frames = new Uint8Array(headers * FRAME_HEADER_LENGTH + payloads);
  const view = new DataView(frames.buffer);
  let header = 0;
  let offset = 0;
  for (const [index, { stream, payload }] of pieces.entries()) {
    if (stream !== pieces[index - 1]?.stream) {
      header = offset;
      offset += FRAME_HEADER_LENGTH;
      frames[header] = stream;
    }
    frames.set(payload, offset);
    offset += payload.length;
    view.setUint32(header + 4, offset - header - FRAME_HEADER_LENGTH);
  }
  return frames;
}
