// One client connection: requests are served one after another until either side closes.
import type { Socket } from "node:net";
import { messageOf } from "../../api/errors.ts";
import type { Log, LogFields } from "../../api/log.ts";
import type { Reply } from "../exchange.ts";
import { RequestBody } from "./body.ts";
import { HEAD_LIMIT, parseHead, type RequestHead } from "./head.ts";
import { RawConnection } from "./hijack.ts";
import { SocketInput } from "./input.ts";
import { SocketOutput } from "./output.ts";
import { describePeer, isGone } from "./peer.ts";
import { ProtocolError } from "./protocol-error.ts";
import { type Fields, formatHead, type PlainReply, type ReplyContext, sendReply } from "./reply.ts";

export interface Timeouts {
  /** Milliseconds a connection may be idle between requests. */
  idle: number;
  /** Milliseconds from the first byte of a head to its last. */
  head: number;
  /** Milliseconds for the whole of a body that is read at once, such as JSON. */
  body: number;
  /** Milliseconds a client may take to receive a reply that is not a stream. */
  reply: number;
  /** Milliseconds to drain what a route did not read of a request's body. */
  drain: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { idle: 600_000, head: 30_000, body: 60_000, reply: 300_000, drain: 5_000 };

/** Bytes of an unread body that are drained so that the connection can be reused. */
const DRAIN_LIMIT = 256 * 1024;

export interface HttpRequest {
  head: RequestHead;
  /** When the head had arrived, by performance.now(). */
  received: number;
  body: RequestBody;
  signal: AbortSignal;
  /** The client, as fields of log lines. */
  peer: LogFields;
  overTcp: boolean;
  /** Reads the body within its timeout; the connection of a slower client is closed. */
  inTime<T>(read: () => Promise<T>): Promise<T>;
}

/** Handles requests. `respond` never rejects. */
export interface HttpService {
  /** A client has connected. */
  connected(): void;
  respond(request: HttpRequest): Promise<Reply>;
  commonFields: Fields;
  log: Log;
  timeouts: Timeouts;
}

export class Connection {
  private readonly service: HttpService;
  private readonly socket: Socket;
  private readonly input: SocketInput;
  private readonly output: SocketOutput;
  private readonly peer: LogFields;
  private readonly overTcp: boolean;
  private current: AbortController | undefined;
  private hijacked = false;
  private stopping = false;

  constructor(socket: Socket, service: HttpService) {
    this.service = service;
    this.socket = socket;
    this.peer = describePeer(socket);
    this.overTcp = socket.remoteAddress !== undefined;
    this.input = new SocketInput(socket);
    this.output = new SocketOutput(socket);
    void this.output.closed.then(() => this.current?.abort());
  }

  /** Serves until the connection is closed; never rejects. */
  async serve(): Promise<void> {
    try {
      while (await this.serveOne()) {
        // The next request.
      }
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError)) {
        this.service.log.error("connection failed", { error: thrown });
        this.output.destroy();
        return;
      }
      this.service.log.debug("malformed request", {
        status: thrown.status,
        reason: thrown.message,
        ...this.peer,
      });
      await this.refuse(thrown);
    }
    if (!this.hijacked) await this.output.finish(this.input);
  }

  /** Whether no request is being served. */
  get idle(): boolean {
    return this.current === undefined;
  }

  /** Closes the connection: at once when it is idle or hijacked, otherwise after the reply. */
  stop(): void {
    this.stopping = true;
    if (!this.current || this.hijacked) this.output.destroy();
    else this.current.abort();
  }

  destroy(): void {
    this.output.destroy();
  }

  private async serveOne(): Promise<boolean> {
    const head = await this.readHead();
    if (!head) return false;
    const received = performance.now();
    const controller = new AbortController();
    this.current = controller;
    // A client that upgrades may half-close early and still read the output.
    this.input.onEnd = head.wantsUpgrade ? () => {} : () => controller.abort();
    const body = new RequestBody(
      this.input,
      head.framing,
      head.expectsContinue ? () => void this.output.write("HTTP/1.1 100 Continue\r\n\r\n") : undefined,
    );
    if (this.input.ended && body.complete && !head.wantsUpgrade) controller.abort();
    const reply = await this.service.respond({
      head,
      received,
      body,
      signal: controller.signal,
      peer: this.peer,
      overTcp: this.overTcp,
      inTime: (read) => this.orDestroy(this.service.timeouts.body, read),
    });
    if (reply.type === "hijack") {
      // The declared body is not part of the stream, whether the route read it or not.
      if (!body.complete && !(await this.drain(body))) return false;
      await this.hijack(head, reply);
      return false;
    }
    const again = await this.send(reply, {
      output: this.output,
      head,
      commonFields: this.service.commonFields,
      keepAlive: head.keepAlive && !this.stopping && !body.awaited,
      signal: controller.signal,
    });
    this.current = undefined;
    return again && !this.stopping && (body.complete || (await this.drain(body)));
  }

  private send(reply: PlainReply, context: ReplyContext): Promise<boolean> {
    const sending = () => sendReply(context, reply);
    return reply.type === "stream" ? sending() : this.orDestroy(this.service.timeouts.reply, sending);
  }

  /** The next head; undefined when the client closed the connection or was idle for too long. */
  private async readHead(): Promise<RequestHead | undefined> {
    this.input.onEnd = () => {};
    if (!(await this.orDestroy(this.service.timeouts.idle, () => this.input.ready()))) return undefined;
    const first = this.input.peek() ?? 0;
    if (first !== 0x0d && !isUpperCaseLetter(first)) throw new ProtocolError(400, "this is not an HTTP request");
    return await this.headInTime(async () => {
      let bytes = await this.input.readUntil("\r\n\r\n", HEAD_LIMIT);
      // RFC 9112, section 2.2, allows an empty line before a request.
      if (bytes.subarray(0, 2).toString("latin1") === "\r\n") bytes = bytes.subarray(2);
      return parseHead(bytes);
    });
  }

  private async headInTime(read: () => Promise<RequestHead>): Promise<RequestHead> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new ProtocolError(408, "the request's header took too long")),
      this.service.timeouts.head,
    );
    try {
      return await Promise.race([read(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async drain(body: RequestBody): Promise<boolean> {
    try {
      return await this.orDestroy(this.service.timeouts.drain, () => body.discard(DRAIN_LIMIT));
    } catch {
      return false;
    }
  }

  private async orDestroy<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.output.destroy(), milliseconds);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  private async hijack(head: RequestHead, reply: Extract<Reply, { type: "hijack" }>): Promise<void> {
    this.hijacked = true;
    const { commonFields, log } = this.service;
    const raw = new RawConnection(this.input, this.output, () => isGone(this.socket));
    await this.output.write(hijackHead(head, reply, commonFields));
    try {
      await reply.run(raw);
    } catch (thrown) {
      log.error("hijacked stream failed", { target: head.target, error: thrown });
    }
    raw.end();
    await raw.closed;
  }

  private async refuse(error: ProtocolError): Promise<void> {
    await sendReply(
      {
        output: this.output,
        head: { method: "GET", minorVersion: 1 },
        commonFields: this.service.commonFields,
        keepAlive: false,
        signal: new AbortController().signal,
      },
      { type: "json", status: error.status, body: { message: messageOf(error) } },
    );
  }
}

function hijackHead(head: RequestHead, reply: Extract<Reply, { type: "hijack" }>, commonFields: Fields): string {
  if (reply.upgrade) {
    const { protocol, fields } = reply.upgrade;
    return formatHead(101, { ...commonFields, Connection: "Upgrade", Upgrade: protocol, ...fields });
  }
  const fields = { ...commonFields, "Content-Type": reply.contentType };
  return head.wantsUpgrade
    ? formatHead(101, { ...fields, Connection: "Upgrade", Upgrade: "tcp" }, "UPGRADED")
    : formatHead(200, fields);
}

function isUpperCaseLetter(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
