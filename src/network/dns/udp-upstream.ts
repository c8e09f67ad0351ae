// Forwards questions to one nameserver over UDP: one socket for all, with a separate ID for each.
import { idOf, withId } from "./message-id.ts";

const DNS_PORT = 53;
const IDLE_MILLISECONDS = 10_000;
/** Questions that one nameserver may have open, of all containers. A quarter of the IDs, so that a free one is soon found. */
const MAX_PENDING = 16_384;

interface Pending {
  resolve(response: Uint8Array): void;
  reject(reason: unknown): void;
}

type UdpSocket = Bun.udp.ConnectedSocket<"buffer">;

export class UdpUpstream {
  private readonly address: string;
  private readonly onIdle: () => void;
  private readonly pending = new Map<number, Pending>();
  private socket: Promise<UdpSocket> | undefined;
  private idleTimer: Timer | undefined;

  /** @param onIdle called when the idle socket was closed. */
  constructor(address: string, onIdle: () => void) {
    this.address = address;
    this.onIdle = onIdle;
  }

  /** @returns the answer, with the ID of the question. @throws when the signal aborts or the nameserver is unreachable. */
  async ask(question: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    if (this.pending.size >= MAX_PENDING) throw new Error(`too many open questions to ${this.address}`);
    clearTimeout(this.idleTimer);
    const id = this.freeId();
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const abort = (): void => reject(signal.reason);
    this.pending.set(id, { resolve, reject });
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      this.open().then((socket) => socket.send(withId(question, id)), reject);
      return withId(await promise, idOf(question));
    } finally {
      signal.removeEventListener("abort", abort);
      this.pending.delete(id);
      if (this.pending.size === 0) this.closeWhenIdle();
    }
  }

  private open(): Promise<UdpSocket> {
    if (this.socket) return this.socket;
    const opening = Bun.udpSocket({
      connect: { hostname: this.address, port: DNS_PORT },
      socket: {
        data: (_socket, data) => this.pending.get(idOf(data))?.resolve(Uint8Array.from(data)),
        // The nameserver's host reports that nothing listens on the port.
        error: (_socket, reason) => this.fail(reason),
      },
    });
    // A nameserver without a route now may have one for the next question.
    opening.catch(() => {
      this.socket = undefined;
    });
    this.socket = opening;
    return opening;
  }

  private fail(reason: unknown): void {
    for (const { reject } of this.pending.values()) reject(reason);
  }

  private closeWhenIdle(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      this.socket?.then((socket) => socket.close()).catch(() => {});
      this.socket = undefined;
      this.onIdle();
    }, IDLE_MILLISECONDS);
    this.idleTimer.unref();
  }

  private freeId(): number {
    for (;;) {
      const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
      if (!this.pending.has(id)) return id;
    }
  }
}
