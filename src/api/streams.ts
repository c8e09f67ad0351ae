// The framing of attach, exec and log streams without a terminal: an 8-byte header, then the payload.
// Source: Engine API, "Stream format" of POST /containers/{id}/attach.

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
export const SYSTEM_ERROR = 3;
export type StreamId = typeof STDIN | typeof STDOUT | typeof STDERR | typeof SYSTEM_ERROR;

export const FRAME_HEADER_LENGTH = 8;

export const RAW_STREAM = "application/vnd.docker.raw-stream";
export const MULTIPLEXED_STREAM = "application/vnd.docker.multiplexed-stream";

/** One frame: stream, three zero bytes, the payload's length as 32-bit big-endian, the payload. */
export function encodeFrame(stream: StreamId, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_LENGTH + payload.length);
  frame[0] = stream;
  new DataView(frame.buffer).setUint32(4, payload.length);
  frame.set(payload, FRAME_HEADER_LENGTH);
  return frame;
}
