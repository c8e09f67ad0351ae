// Forwards questions to nameservers over TCP: one connection for each question, and a limit on how many there are.
import { connect } from "node:net";
import { framed, MessageFraming } from "./framing.ts";

const DNS_PORT = 53;
/** Connections for all containers together; each costs the daemon a descriptor. */
const MAX_CONNECTIONS = 512;

export class TcpUpstream {
  private connections = 0;

  /** @throws when the signal aborts, the nameserver is unreachable or there are too many connections. */
  async ask(address: string, question: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    if (this.connections >= MAX_CONNECTIONS) throw new Error("too many connections to nameservers");
    signal.throwIfAborted();
    this.connections++;
    const socket = connect({ host: address, port: DNS_PORT });
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const framing = new MessageFraming();
    const abort = (): void => reject(signal.reason);
    socket.on("connect", () => socket.write(framed(question)));
    socket.on("data", (chunk: Buffer) => {
      framing.push(chunk);
      const message = framing.next();
      if (message) resolve(message);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`nameserver ${address} closed the connection`)));
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      this.connections--;
    }
  }
}
