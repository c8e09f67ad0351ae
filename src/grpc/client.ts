// A gRPC client over an open connection, for calls to the services of client sessions.

import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { encodeFrame } from "./framing.ts";
import { IncomingMessages } from "./messages.ts";
import { decode, decodeAll, encode, type Named, pathOf } from "./service.ts";
import { decodeMessage, GrpcError, statusCodeOf, statusCodes } from "./status.ts";
import { writeTo } from "./write.ts";

const WINDOW_BYTES = 4 * 1024 * 1024;

/** Lower-case names; several values become several headers. */
export type Metadata = Readonly<Record<string, string | string[]>>;

/** The method to call, and its message types. */
export interface CallTarget<I extends DescMessage, O extends DescMessage> extends Named {
  input: I;
  output: O;
}

/** An open bidirectional call. */
export interface ClientCall<I extends DescMessage, O extends DescMessage> {
  /** Ends after the server ended the call with OK. @throws GrpcError any other status */
  messages: AsyncIterable<MessageShape<O>>;
  /** Resolves when there is room for more. After the call's end messages are dropped; `messages` has the reason. */
  send(message: MessageInitShape<I>): Promise<void>;
  /** Half-closes the call: no more messages follow. */
  end(): void;
  /** Cancels the call. */
  cancel(): void;
}

export class GrpcClient {
  /** Aborted when the connection is closed. */
  readonly closed: AbortSignal;
  private readonly session: ClientHttp2Session;

  constructor(connection: Duplex) {
    const closed = new AbortController();
    this.closed = closed.signal;
    this.session = connect("http://localhost", {
      createConnection: () => connection,
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
    });
    // grpc-go's last GOAWAY surfaces as a protocol error; it only means that the connection has ended.
    this.session.on("error", () => {});
    this.session.on("close", () => closed.abort(unavailable()));
    connection.on("close", () => closed.abort(unavailable()));
  }

  /** @throws GrpcError */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: CallTarget<I, O>,
    request: MessageInitShape<I>,
    options: { metadata?: Metadata; signal: AbortSignal },
  ): Promise<MessageShape<O>> {
    const { stream, messages } = this.open(method, options.metadata ?? {}, options.signal);
    stream.end(encodeFrame(encode(method.input, request)));
    let answer: MessageShape<O> | undefined;
    for await (const message of messages) answer ??= decode(method.output, message);
    if (answer === undefined) throw new GrpcError(statusCodes.internal, "the answer has no message");
    return answer;
  }

  bidi<I extends DescMessage, O extends DescMessage>(
    method: CallTarget<I, O>,
    options: { metadata?: Metadata; signal: AbortSignal },
  ): ClientCall<I, O> {
    const { stream, messages } = this.open(method, options.metadata ?? {}, options.signal);
    return {
      messages: decodeAll(method.output, messages),
      send: (message) => writeTo(stream, encodeFrame(encode(method.input, message))),
      end: () => stream.end(),
      cancel: () => stream.close(HTTP2_CANCEL),
    };
  }

  close(): void {
    this.session.destroy();
  }

  private open(
    method: Named,
    metadata: Metadata,
    signal: AbortSignal,
  ): { stream: ClientHttp2Stream; messages: IncomingMessages } {
    signal.throwIfAborted();
    if (this.closed.aborted || this.session.destroyed) throw unavailable();
    const stream = this.session.request({
      ":method": "POST",
      ":path": pathOf(method),
      "content-type": "application/grpc",
      te: "trailers",
      ...metadata,
    });
    const messages = new IncomingMessages(stream);
    const cancel = (): void => stream.close(HTTP2_CANCEL);
    signal.addEventListener("abort", cancel, { once: true });
    let status: GrpcError | "ok" | undefined;
    const note = (headers: IncomingHttpHeaders): void => {
      status ??= statusOf(headers);
    };
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("error", () => {});
    // Go servers send their trailers and RST_STREAM(NO_ERROR) together: only the status says how the call ended.
    const finish = (): void => messages.finish(status === "ok" ? undefined : status);
    stream.on("end", () => {
      if (status !== undefined) finish();
    });
    stream.on("close", () => {
      signal.removeEventListener("abort", cancel);
      if (signal.aborted) status ??= new GrpcError(statusCodes.cancelled, "context canceled");
      status ??= unavailable();
      finish();
    });
    return { stream, messages };
  }
}

const HTTP2_CANCEL = 8;

const unavailable = (): GrpcError => new GrpcError(statusCodes.unavailable, "the client closed its session");

function statusOf(headers: IncomingHttpHeaders): GrpcError | "ok" | undefined {
  const status = headers["grpc-status"];
  if (status === undefined) {
    const http = headers[":status"];
    return http === undefined || Number(http) === 200
      ? undefined
      : new GrpcError(statusCodes.unknown, `unexpected HTTP status code ${http}`);
  }
  const code = statusCodeOf(Number(status));
  if (code === statusCodes.ok) return "ok";
  const message = headers["grpc-message"];
  return new GrpcError(code, decodeMessage(typeof message === "string" ? message : ""));
}
