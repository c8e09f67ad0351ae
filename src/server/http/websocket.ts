// A WebSocket (RFC 6455) on a hijacked connection: the handshake, and the payloads of messages as bytes.
import { createHash } from "node:crypto";
import { BerthError } from "../../api/errors.ts";
import type { HijackedConnection, Reply } from "../exchange.ts";

const HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION = "13";
/** Messages are passed on frame by frame, so this bounds one frame. */
const MAX_FRAME = 16 * 1024 * 1024;

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const FINAL = 0x80;
const MASKED = 0x80;
const MAX_CONTROL_FRAME = 125;

const NORMAL_CLOSURE = 1000;
const PROTOCOL_ERROR = 1002;
const TOO_BIG = 1009;

/**
 * Completes the handshake. `run` reads the payloads as its input, and each of its writes is sent as a message.
 * @param binary whether binary or text messages are sent
 * @throws BerthError invalidParameter when the request is not a handshake
 */
export function acceptWebSocket(
  headers: ReadonlyMap<string, string>,
  binary: boolean,
  run: (connection: HijackedConnection) => Promise<void>,
): Reply {
  const key = headers.get("sec-websocket-key") ?? "";
  const upgrade = (headers.get("upgrade") ?? "").toLowerCase();
  if (upgrade !== "websocket" || headers.get("sec-websocket-version") !== VERSION || !isKey(key)) {
    throw new BerthError("invalidParameter", "not a WebSocket handshake of version 13");
  }
  const accept = createHash("sha1").update(`${key}${HANDSHAKE_GUID}`).digest("base64");
  return {
    type: "hijack",
    contentType: "",
    upgrade: { protocol: "websocket", fields: { "Sec-WebSocket-Accept": accept } },
    run: (connection) => run(new WebSocketConnection(connection, binary ? BINARY : TEXT)),
  };
}

const isKey = (text: string): boolean => Buffer.from(text, "base64").length === 16;

class WebSocketConnection implements HijackedConnection {
  readonly input: AsyncIterable<Uint8Array>;
  private readonly raw: HijackedConnection;
  private readonly opcode: number;
  private closing = false;

  constructor(raw: HijackedConnection, opcode: number) {
    this.raw = raw;
    this.opcode = opcode;
    this.input = this.payloads();
  }

  get closed(): Promise<void> {
    return this.raw.closed;
  }

  async write(chunk: Uint8Array): Promise<boolean> {
    return !this.closing && (await this.raw.write(encodeFrame(this.opcode, chunk)));
  }

  end(): void {
    void this.close(NORMAL_CLOSURE);
  }

  private async close(code: number): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    await this.raw.write(encodeFrame(CLOSE, Uint8Array.of(code >> 8, code & 0xff)));
    this.raw.end();
  }

  private async *payloads(): AsyncGenerator<Uint8Array> {
    const reader = new FrameReader(this.raw.input);
    while (true) {
      const frame = await reader.next();
      if (frame === undefined) return;
      if (typeof frame === "number") {
        await this.close(frame);
        return;
      }
      if (frame.opcode === CLOSE) {
        await this.close(NORMAL_CLOSURE);
        return;
      }
      if (frame.opcode === PING) await this.raw.write(encodeFrame(PONG, frame.payload));
      else if (frame.opcode !== PONG && frame.payload.length > 0) yield frame.payload;
    }
  }
}

interface Frame {
  opcode: number;
  payload: Uint8Array;
}

class FrameReader {
  private readonly source: AsyncIterator<Uint8Array>;
  /** Received bytes that are not parsed yet; joined only when a complete part of a frame has arrived. */
  private chunks: Uint8Array[] = [];
  private buffered = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.source = input[Symbol.asyncIterator]();
  }

  /** The next frame; undefined at the end; for an invalid one the status code to close with. */
  async next(): Promise<Frame | number | undefined> {
    const head = await this.take(2);
    if (!head) return undefined;
    const [first = 0, second = 0] = head;
    const opcode = first & 0x0f;
    const isControl = opcode >= CLOSE;
    const short = second & 0x7f;
    // Clients must mask their frames, and no extension uses the reserved bits.
    if ((second & MASKED) === 0 || (first & 0x70) !== 0) return PROTOCOL_ERROR;
    if (isControl && ((first & FINAL) === 0 || short > MAX_CONTROL_FRAME)) return PROTOCOL_ERROR;
    const length = short < 126 ? short : await this.longLength(short === 126 ? 2 : 8);
    if (length === undefined) return undefined;
    if (length > MAX_FRAME) return TOO_BIG;
    const mask = await this.take(4);
    const payload = await this.take(length);
    if (!mask || !payload) return undefined;
    for (let index = 0; index < payload.length; index++)
      payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
    return { opcode, payload };
  }

  private async longLength(bytes: 2 | 8): Promise<number | undefined> {
    const field = await this.take(bytes);
    if (!field) return undefined;
    return bytes === 2 ? field.readUInt16BE() : Number(field.readBigUInt64BE());
  }

  /** The next `length` bytes, as a buffer of their own; undefined when the client ended before. */
  private async take(length: number): Promise<Buffer | undefined> {
    while (this.buffered < length) {
      const { done, value } = await this.source.next();
      if (done) return undefined;
      this.chunks.push(value);
      this.buffered += value.length;
    }
    const joined = Buffer.concat(this.chunks);
    const rest = joined.subarray(length);
    this.chunks = rest.length === 0 ? [] : [rest];
    this.buffered = rest.length;
    return joined.subarray(0, length);
  }
}

/** One unfragmented, unmasked frame, as a server sends it. */
function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 0x10000 ? 4 : 10);
  head[0] = FINAL | opcode;
  if (length < 126) {
    head[1] = length;
  } else if (length < 0x10000) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
