// gRPC's frames and status messages.
import { describe, expect, test } from "bun:test";
import { BerthError } from "../../../src/api/errors.ts";
import { encodeFrame, FrameDecoder, MAX_MESSAGE_LENGTH } from "../../../src/grpc/framing.ts";
import {
  decodeMessage,
  encodeMessage,
  GrpcError,
  grpcErrorOf,
  statusCodes,
  trailersOf,
} from "../../../src/grpc/status.ts";

describe("frames", () => {
  const messages = ["", "a", "x".repeat(70_000), "last"].map((text) => Buffer.from(text));
  const bytes = Buffer.concat(messages.map(encodeFrame));

  test.each([1, 3, 5, 16_384, 1_000_000])("in chunks of %d bytes", (size) => {
    const decoder = new FrameDecoder();
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...decoder.push(bytes.subarray(at, at + size)));
    expect(found.map((message) => message.toString())).toEqual(messages.map((message) => message.toString()));
    expect(decoder.isIncomplete).toBe(false);
  });

  test("a stream that ends within a message is incomplete", () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes.subarray(0, -1));
    expect(decoder.isIncomplete).toBe(true);
  });

  test("rejects compressed messages", () => {
    expect(() => new FrameDecoder().push(Buffer.from([1, 0, 0, 0, 0]))).toThrow(
      "compressed messages are not supported",
    );
  });

  test("rejects oversized messages before receiving them", () => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(MAX_MESSAGE_LENGTH + 1, 1);
    expect(() => new FrameDecoder().push(prefix)).toThrow("received message larger than max");
  });
});

describe("status", () => {
  test.each(["plain", "100% ü\nline", "", "%zz"])("the message %j survives", (message) => {
    const encoded = encodeMessage(message);
    expect(encoded).toMatch(/^[\x20-\x7e]*$/);
    expect(decodeMessage(encoded)).toBe(message);
  });

  test("keeps an invalid escape unchanged", () => {
    expect(decodeMessage("50% of %4")).toBe("50% of %4");
  });

  test.each([
    [new BerthError("notFound", "x"), statusCodes.notFound],
    [new BerthError("internal", "x"), statusCodes.unknown],
    [new Error("x"), statusCodes.unknown],
    [new GrpcError(statusCodes.cancelled, "x"), statusCodes.cancelled],
  ])("%s", (error, code) => {
    expect(grpcErrorOf(error)).toMatchObject({ code, message: "x" });
  });

  test("details are base64 without padding", () => {
    expect(trailersOf(new GrpcError(statusCodes.unknown, "x", Buffer.from("a")))).toEqual({
      "grpc-status": "2",
      "grpc-message": "x",
      "grpc-status-details-bin": "YQ",
    });
  });
});
