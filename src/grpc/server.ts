// A gRPC server over any open connection: dispatches HTTP/2 streams to methods, and converts errors to statuses.
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Duplex } from "node:stream";
import type { Log } from "../api/log.ts";
import { encodeFrame } from "./framing.ts";
import { IncomingMessages } from "./messages.ts";
import { GrpcError, grpcErrorOf, statusCodes, trailersOf } from "./status.ts";
import { writeTo } from "./write.ts";

/** A call as its handler sees it; messages are encoded. */
export interface ServerCall {
  /** Lower-case names. */
  metadata: IncomingHttpHeaders;
  messages: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more. @throws GrpcError cancelled after the client disconnected */
  send(message: Uint8Array): Promise<void>;
  /** Aborted when the client cancels or disconnects. */
  signal: AbortSignal;
}

export type MethodHandler = (call: ServerCall) => Promise<void>;

/** Finds the handler of a path ("/package.Service/Method"). @throws GrpcError unimplemented */
export type MethodLookup = (path: string) => MethodHandler;

const MAX_CONCURRENT_STREAMS = 128;
const MAX_HEADER_BYTES = 256 * 1024;
const WINDOW_BYTES = 1024 * 1024;
/** Stream resets allowed per connection before it counts as an attack (CVE-2023-44487). */
const MAX_RESETS = 1000;

export class GrpcServer {
  private readonly server: Http2Server;
  private readonly methods: MethodLookup;
  private readonly log: Log;

  constructor(methods: MethodLookup, log: Log) {
    this.methods = methods;
    this.log = log;
    this.server = createServer({
      settings: {
        initialWindowSize: WINDOW_BYTES,
        maxConcurrentStreams: MAX_CONCURRENT_STREAMS,
        maxHeaderListSize: MAX_HEADER_BYTES,
      },
    });
    this.server.on("session", (session) => this.accept(session));
    this.server.on("sessionError", (error) => log.debug("gRPC connection failed", { error }));
  }

  /** Serves the calls of one connection; resolves when it is closed. */
  async serve(connection: Duplex): Promise<void> {
    const closed = new Promise<void>((resolve) => connection.once("close", () => resolve()));
    connection.on("error", (error) => this.log.debug("gRPC connection failed", { error }));
    this.server.emit("connection", connection);
    await closed;
  }

  private accept(session: ServerHttp2Session): void {
    let resets = 0;
    session.on("error", (error) => this.log.debug("gRPC connection failed", { error }));
    session.on("stream", (stream, headers) => {
      stream.on("aborted", () => {
        if (++resets > MAX_RESETS) session.destroy();
      });
      void this.answer(stream, headers);
    });
  }

  private async answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const gone = new AbortController();
    const messages = new IncomingMessages(stream);
    stream.on("error", (error) => this.log.debug("gRPC stream failed", { error }));
    stream.on("end", () => messages.finish());
    stream.on("close", () => {
      const cancelled = new GrpcError(statusCodes.cancelled, "context canceled");
      messages.finish(cancelled);
      gone.abort(cancelled);
    });
    const path = headers[":path"] ?? "";
    try {
      if (!(headers["content-type"] ?? "").startsWith("application/grpc")) {
        stream.respond({ ":status": 415 }, { endStream: true });
        return;
      }
      const handler = this.methods(path);
      await handler({ metadata: headers, messages, signal: gone.signal, send: (message) => send(stream, message) });
      finish(stream, { "grpc-status": String(statusCodes.ok) });
    } catch (thrown) {
      const error = grpcErrorOf(thrown);
      this.log.debug("gRPC call failed", { path, code: error.code, error: thrown });
      finish(stream, trailersOf(error));
    }
  }
}

const RESPONSE_HEADERS = { ":status": 200, "content-type": "application/grpc" } as const;

async function send(stream: ServerHttp2Stream, message: Uint8Array): Promise<void> {
  const check = (): void => {
    if (stream.closed || stream.destroyed) throw new GrpcError(statusCodes.cancelled, "context canceled");
  };
  check();
  if (!stream.headersSent) stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
  await writeTo(stream, encodeFrame(message));
  check();
}

/** Ends the call, with a trailers-only response when nothing was sent before. */
function finish(stream: ServerHttp2Stream, trailers: Record<string, string>): void {
  if (stream.closed || stream.destroyed) return;
  if (!stream.headersSent) {
    stream.respond({ ...RESPONSE_HEADERS, ...trailers }, { endStream: true });
    return;
  }
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end();
}
