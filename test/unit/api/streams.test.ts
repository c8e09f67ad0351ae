// The framing of attach, exec and log streams.
import { expect, test } from "bun:test";
import { encodeFrames, STDERR, STDOUT, type StreamPiece } from "../../../src/api/streams.ts";
import { frames } from "../../../src/client/streams.ts";

const piece = (stream: StreamPiece["stream"], text: string): StreamPiece => ({ stream, payload: Buffer.from(text) });

test("merges adjacent pieces of one stream into one frame, in order", async () => {
  const bytes = encodeFrames([
    piece(STDOUT, "one "),
    piece(STDOUT, "two"),
    piece(STDERR, "bad"),
    piece(STDOUT, ""),
    piece(STDOUT, "three"),
  ]);
  expect([...bytes.subarray(0, 8)]).toEqual([1, 0, 0, 0, 0, 0, 0, 7]);
  const found: [number, string][] = [];
  for await (const { stream, payload } of frames(new Blob([bytes]).stream()))
    found.push([stream, Buffer.from(payload).toString()]);
  expect(found).toEqual([
    [1, "one two"],
    [2, "bad"],
    [1, "three"],
  ]);
});

test("no pieces yield no bytes", () => {
  expect(encodeFrames([]).length).toBe(0);
});
