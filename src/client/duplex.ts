// A byte stream in both directions over one socket, with half-close and back-pressure.
import type { Socket, SocketHandler, TLSOptions } from "bun";
import { Mutex } from "../async/mutex.ts";
import { ByteQueue } from "./byte-queue.ts";

export type DialTarget = { unix: string } | { hostname: string; port: number; tls?: TLSOptions };

export class Duplex {
  /** What the other side sends; ends with its side or with the connection. */
  readonly input = new ByteQueue((wanted) => (wanted ? this.#socket?.resume() : this.#socket?.pause()));
  /** Resolves when the connection is closed for any reason. */
  readonly closed: Promise<void>;
  #socket: Socket | undefined;
  /** With TLS the socket exists before it may be written to. */
  readonly #opened = Promise.withResolvers<void>();
  #gone = Promise.withResolvers<void>();
  #drained: (() => void) | undefined;
  #open = true;
  #failure: Error | undefined;
  readonly #writes = new Mutex();

  constructor() {
    this.closed = this.#gone.promise;
  }

  /** The socket handlers that feed `duplexOf(socket)`; used to dial and to listen. */
  static handlers(duplexOf: (socket: Socket) => Duplex): SocketHandler<undefined> {
    return {
      open: (socket) => {
        const duplex = duplexOf(socket);
        duplex.#socket = socket;
        duplex.#opened.resolve();
      },
      data: (socket, chunk) => duplexOf(socket).input.push(new Uint8Array(chunk)),
      drain: (socket) => duplexOf(socket).#drained?.(),
      end: (socket) => duplexOf(socket).input.end(),
      error: (socket, error) => duplexOf(socket).#finish(error),
      close: (socket) => duplexOf(socket).#finish(),
      connectError: () => {},
    };
  }

  /** @throws Bun's error, whose `code` is ENOENT, ECONNREFUSED, EACCES, ENOTFOUND … */
  static async dial(target: DialTarget): Promise<Duplex> {
    const duplex = new Duplex();
    const socket = { ...Duplex.handlers(() => duplex), ...("tls" in target ? duplex.#securely() : {}) };
    if ("unix" in target) await Bun.connect({ unix: target.unix, allowHalfOpen: true, socket });
    else await Bun.connect({ ...target, allowHalfOpen: true, socket });
    await Promise.race([duplex.#opened.promise, duplex.closed]);
    if (!duplex.#open) throw duplex.#failure ?? new Error("the connection was closed before it was made");
    return duplex;
  }

  /** Nothing is sent before the other side is verified. */
  #securely(): Pick<SocketHandler<undefined>, "open" | "handshake"> {
    return {
      open: (socket) => {
        this.#socket = socket;
      },
      handshake: (socket, success, problem) => {
        if (success && !problem) {
          this.#opened.resolve();
          return;
        }
        this.#finish(problem ?? new Error("the TLS handshake failed"));
        socket.terminate();
      },
    };
  }

  #finish(error?: Error): void {
    this.#open = false;
    this.#failure ??= error;
    this.input.end(error);
    this.#drained?.();
    this.#gone.resolve();
  }

  /** Resolves when the kernel has the bytes; false when the peer has disconnected. */
  write(chunk: Uint8Array): Promise<boolean> {
    return this.#writes.run(() => this.#send(chunk));
  }

  async #send(chunk: Uint8Array): Promise<boolean> {
    let at = 0;
    while (at < chunk.length) {
      if (!this.#open || !this.#socket) return false;
      const sent = this.#socket.write(chunk.subarray(at));
      if (sent < 0) return false;
      at += sent;
      if (at >= chunk.length) break;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#drained = resolve;
      await promise;
    }
    return this.#open;
  }

  /** Ends our side after everything written; the other side stays open. */
  async closeWrite(): Promise<void> {
    await this.#writes.idle();
    if (this.#open) this.#socket?.shutdown();
  }

  close(): void {
    if (this.#open) this.#socket?.end();
    this.#finish();
  }
}
