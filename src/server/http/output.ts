// The bytes a client gets: writes with back-pressure, and a close that lets the client read all of them.
import type { Socket } from "node:net";
import type { SocketInput } from "./input.ts";

/** How long to wait for the client to close after we half-closed. */
const LINGER_MILLISECONDS = 5_000;

export class SocketOutput {
  /** Resolves when the socket is closed for any reason. */
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private readonly waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on("drain", () => this.wakeAll());
    // ECONNRESET and EPIPE are normal disconnects; "close" always follows.
    socket.on("error", () => this.wakeAll());
    socket.on("close", () => {
      this.wakeAll();
      resolve();
    });
  }

  /** Resolves when there is room for more; to false once the connection is closed. */
  async write(chunk: Uint8Array | string): Promise<boolean> {
    if (!this.socket.writable) return false;
    if (this.socket.write(chunk)) return true;
    await new Promise<void>((resolve) => this.waiting.add(resolve));
    return this.socket.writable;
  }

  /** Half-closes, and closes when the client has closed too or the linger time is over. */
  async finish(input: SocketInput): Promise<void> {
    if (this.socket.destroyed) return;
    this.socket.end();
    const timer = setTimeout(() => this.socket.destroy(), LINGER_MILLISECONDS);
    await Promise.race([input.discardRest(), this.closed]);
    clearTimeout(timer);
    await Promise.race([this.flushed(), this.closed]);
    this.socket.destroy();
  }

  /** Closes at once; unsent data is dropped. */
  destroy(): void {
    this.socket.destroy();
  }

  private async flushed(): Promise<void> {
    if (this.socket.writableFinished) return;
    await new Promise<void>((resolve) => this.socket.once("finish", resolve));
  }

  private wakeAll(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
