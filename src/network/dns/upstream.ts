// Asking the host's resolvers: packets pass through as they are but for their ID, over UDP or, as the client did, TCP.
import { connect, type Socket } from "node:net";

const DNS_PORT = 53;
/** When one resolver has not answered by then the next is asked as well. */
const PATIENCE_MILLISECONDS = 1_500;
/** A client gives up after 5 seconds; it must hear before. */
const DEADLINE_MILLISECONDS = 4_500;
const IDLE_MILLISECONDS = 10_000;
/** What one resolver is asked at the same time; more are refused at once rather than remembered. */
const MAX_WAITING = 1024;
const HEADER_LENGTH = 12;
const SERVER_FAILURE = 2;
const REFUSED = 5;

export type Transport = "udp" | "tcp";

interface Waiting {
  resolve(response: Uint8Array): void;
  reject(reason: unknown): void;
}

/** One resolver, asked over a UDP socket of its own that is closed when idle. */
class UdpServer {
  private readonly address: string;
  private readonly waiting = new Map<number, Waiting>();
  private socket: Promise<Bun.udp.ConnectedSocket<"buffer">> | undefined;
  private idle: Timer | undefined;

  constructor(address: string) {
    this.address = address;
  }

  /** Sends a query under a random ID; the answer has the client's again. */
  async ask(query: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    if (this.waiting.size >= MAX_WAITING) throw new Error("too many questions at once");
    const socket = await this.open();
    const id = this.freeId();
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const finish = (): void => {
      this.waiting.delete(id);
      this.restAWhile();
    };
    this.waiting.set(id, { resolve, reject });
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    socket.send(withId(query, id));
    return promise.then((response) => withId(response, idOf(query))).finally(finish);
  }

  private open(): Promise<Bun.udp.ConnectedSocket<"buffer">> {
    clearTimeout(this.idle);
    this.socket ??= Bun.udpSocket({
      connect: { hostname: this.address, port: DNS_PORT },
      socket: {
        data: (_socket, data) => this.waiting.get(idOf(data))?.resolve(Uint8Array.from(data)),
        // The resolver's machine says that nobody listens there.
        error: (_socket, reason) => {
          for (const { reject } of this.waiting.values()) reject(reason);
        },
      },
    });
    return this.socket;
  }

  private restAWhile(): void {
    if (this.waiting.size > 0) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.socket?.then((socket) => socket.close()).catch(() => {});
      this.socket = undefined;
    }, IDLE_MILLISECONDS);
    this.idle.unref();
  }

  private freeId(): number {
    for (;;) {
      const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
      if (!this.waiting.has(id)) return id;
    }
  }
}

export class Upstream {
  private readonly servers = new Map<string, UdpServer>();

  /**
   * Asks the resolvers in order, the next one when one fails or is slow.
   * @returns the first answer that is one, else the last refusal; undefined when nobody answered.
   */
  async ask(query: Uint8Array, nameservers: readonly string[], transport: Transport): Promise<Uint8Array | undefined> {
    const controller = new AbortController();
    const deadline = setTimeout(() => controller.abort(new Error("no answer in time")), DEADLINE_MILLISECONDS);
    try {
      return await this.race(query, nameservers, transport, controller.signal);
    } finally {
      clearTimeout(deadline);
      controller.abort();
    }
  }

  private async race(
    query: Uint8Array,
    nameservers: readonly string[],
    transport: Transport,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    let refusal: Uint8Array | undefined;
    let open = nameservers.length;
    let next = 0;
    const askNext = (): void => {
      const address = nameservers[next++];
      if (address === undefined) return;
      const patience = setTimeout(askNext, PATIENCE_MILLISECONDS);
      signal.addEventListener("abort", () => clearTimeout(patience), { once: true });
      const settle = (response: Uint8Array | undefined): void => {
        clearTimeout(patience);
        open--;
        refusal ??= response;
        if (response && !isRefusal(response)) resolve(response);
        else if (open === 0) resolve(refusal);
        else askNext();
      };
      this.askOne(address, query, transport, signal).then(settle, () => settle(undefined));
    };
    if (open === 0) return undefined;
    askNext();
    return promise;
  }

  private askOne(address: string, query: Uint8Array, transport: Transport, signal: AbortSignal): Promise<Uint8Array> {
    if (transport === "tcp") return askTcp(address, query, signal);
    let server = this.servers.get(address);
    if (!server) {
      server = new UdpServer(address);
      this.servers.set(address, server);
    }
    return server.ask(query, signal);
  }
}

function askTcp(address: string, query: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const socket: Socket = connect({ host: address, port: DNS_PORT });
  const framing = new MessageFraming(resolve);
  socket.on("connect", () => socket.write(framed(query)));
  socket.on("data", (chunk: Buffer) => framing.push(chunk));
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("the resolver closed the connection")));
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise.finally(() => socket.destroy());
}

/** Cuts a TCP stream into DNS messages, each preceded by its length. */
export class MessageFraming {
  private buffered = Buffer.alloc(0);
  private readonly deliver: (message: Uint8Array) => void;

  constructor(deliver: (message: Uint8Array) => void) {
    this.deliver = deliver;
  }

  push(chunk: Uint8Array): void {
    this.buffered = Buffer.concat([this.buffered, chunk]);
    while (this.buffered.length >= 2) {
      const end = 2 + this.buffered.readUInt16BE(0);
      if (this.buffered.length < end) return;
      const message = this.buffered.subarray(2, end);
      this.buffered = this.buffered.subarray(end);
      this.deliver(message);
    }
  }
}

/** A message with its length before it, as TCP wants it. */
export function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(message.length >>> 8, message.length & 0xff), message]);
}

function idOf(message: Uint8Array): number {
  const [high = 0, low = 0] = message;
  return (high << 8) | low;
}

function withId(message: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(message);
  copy[0] = id >>> 8;
  copy[1] = id & 0xff;
  return copy;
}

function isRefusal(response: Uint8Array): boolean {
  if (response.length < HEADER_LENGTH) return true;
  const code = (response[3] ?? 0) & 0x0f;
  return code === SERVER_FAILURE || code === REFUSED;
}
