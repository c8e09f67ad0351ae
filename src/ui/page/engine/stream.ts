// A bidirectional stream of the engine over a WebSocket. Read by `for await`; the page acknowledges what it has read,
// and the server sends at most one window ahead.
import { STREAM_WINDOW, type StreamControl } from "../../wire/session.ts";
import { addressOf, CONNECT_TRIES, type Query, RETRY_MILLISECONDS } from "./requests.ts";

/** Acknowledged together: a message for each of thousands of events would take longer than the events. */
const ACKNOWLEDGED_BYTES = STREAM_WINDOW / 8;
/** Maximum bytes per message to the server. */
const MAX_MESSAGE = 64 * 1024;

export class EngineStream implements AsyncIterable<Uint8Array> {
  #socket: WebSocket;
  readonly #chunks: Uint8Array[] = [];
  readonly #opened = Promise.withResolvers<{ multiplexed: boolean }>();
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;

  constructor(path: string, query: Query = {}, signal?: AbortSignal) {
    const url = new URL(addressOf("stream", path, query), location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = this.#connect(url, 1);
    this.#opened.promise.catch(() => {});
    signal?.addEventListener("abort", () => this.close());
    if (signal?.aborted) this.close();
  }

  /** Resolves when the engine has answered. @throws Error with the engine's message */
  get opened(): Promise<{ multiplexed: boolean }> {
    return this.#opened.promise;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // The server rejects larger messages, to limit its buffers.
    for (let at = 0; at < bytes.length; at += MAX_MESSAGE) this.#socket.send(bytes.subarray(at, at + MAX_MESSAGE));
  }

  endInput(): void {
    this.#tell({ kind: "end-of-input" });
  }

  close(): void {
    this.#end(undefined);
    this.#socket.close();
  }

  /** @throws Error when the stream could not be opened or broke */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let consumed = 0;
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) {
          yield chunk;
          consumed += chunk.length;
          if (consumed < ACKNOWLEDGED_BYTES) continue;
          this.#tell({ kind: "consumed", bytes: consumed });
          consumed = 0;
        } else if (this.#ended) {
          if (this.#failure) throw this.#failure;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.close();
    }
  }

  /** A socket that never opened transferred nothing, so the caller retries; see `connected` of requests. */
  #connect(url: URL, tries: number): WebSocket {
    const socket = new WebSocket(url);
    let wasOpen = false;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      wasOpen = true;
    });
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", () => {
      if (wasOpen || this.#ended || tries >= CONNECT_TRIES) {
        this.#end(new Error("the connection to the page's server is lost"));
        return;
      }
      setTimeout(() => {
        if (!this.#ended) this.#socket = this.#connect(url, tries + 1);
      }, RETRY_MILLISECONDS);
    });
    return socket;
  }

  #receive(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      this.#chunks.push(new Uint8Array(data));
      this.#wake?.();
      return;
    }
    const control: StreamControl = JSON.parse(String(data));
    if (control.kind === "open") this.#opened.resolve({ multiplexed: control.multiplexed });
    if (control.kind === "closed") this.#end(control.message === undefined ? undefined : new Error(control.message));
  }

  #end(failure: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#opened.reject(failure ?? new Error("closed"));
    this.#wake?.();
  }

  #tell(control: StreamControl): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(control));
  }
}
