// Forwards the few connections that the kernel cannot translate: to ::1, and over IPv6 to a container that has only
// IPv4. Each takes two descriptors of the daemon, so their number is limited, and a peer that vanished is not waited for.
import { connect, createServer, type Socket } from "node:net";
import type { Admission } from "../linux/port-holder.ts";
import type { IpAddress } from "./ip.ts";

const IPV6_LOOPBACK = 1n;

export interface ForwardingLimits {
  /** Connections to one published port. */
  perPort: number;
  /** Connections to all published ports together. */
  total: number;
  connectMilliseconds: number;
  /** How long a connection may have no traffic in either direction. */
  idleMilliseconds: number;
  /** When to ask a silent peer whether it is still there. */
  keepAliveMilliseconds: number;
}

const defaultLimits: ForwardingLimits = {
  perPort: 512,
  total: 2048,
  connectMilliseconds: 10_000,
  idleMilliseconds: 60 * 60_000,
  keepAliveMilliseconds: 60_000,
};

/** The container's end of a published port. */
export interface ForwardTarget {
  /** Tried in order; called for each connection, as a container's networks may change. */
  addresses(): string[];
  port: number;
}

/** Which packets the socket that holds a TCP port must take itself. */
export function admissionFor({ family, value }: IpAddress, target: ForwardTarget): Admission {
  if (family === 4) return "nothing";
  const overIpv6 = target.addresses().some((address) => address.includes(":"));
  if (!overIpv6) return "everything";
  return value === 0n || value === IPV6_LOOPBACK ? "loopback" : "nothing";
}

/** The forwarded connections of one engine. */
export class Forwarder {
  private readonly limits: ForwardingLimits;
  private open = 0;

  constructor(limits: ForwardingLimits = defaultLimits) {
    this.limits = limits;
  }

  /**
   * Accepts connections on a listening descriptor, which it owns from then on.
   * @returns closes the descriptor and its connections.
   */
  forward(descriptor: number, target: ForwardTarget): () => void {
    const clients = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      // The other end closes with it, see below; there is no caller to report to.
      client.on("error", () => {});
      if (clients.size >= this.limits.perPort || this.open >= this.limits.total) {
        client.destroy();
        return;
      }
      this.open++;
      clients.add(client);
      client.on("close", () => {
        this.open--;
        clients.delete(client);
      });
      this.limitSilence(client);
      this.connectTo(client, target.addresses(), target.port);
    });
    server.on("error", () => {});
    server.listen({ fd: descriptor });
    return () => {
      server.close();
      for (const client of clients) client.destroy();
    };
  }

  private limitSilence(client: Socket): void {
    client.setKeepAlive(true, this.limits.keepAliveMilliseconds);
    // Counts what is written to the client as well, so this is the silence of both directions.
    client.setTimeout(this.limits.idleMilliseconds, () => client.destroy());
  }

  private connectTo(client: Socket, [address, ...others]: string[], port: number): void {
    if (address === undefined || client.destroyed) {
      client.destroy();
      return;
    }
    const container = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    const deadline = setTimeout(() => container.destroy(new Error("no answer")), this.limits.connectMilliseconds);
    let connected = false;
    container.on("connect", () => {
      clearTimeout(deadline);
      connected = true;
      client.pipe(container);
      container.pipe(client);
    });
    container.on("error", () => {
      clearTimeout(deadline);
      if (connected) client.destroy();
      else this.connectTo(client, others, port);
    });
    client.on("close", () => {
      clearTimeout(deadline);
      container.destroy();
    });
  }
}
