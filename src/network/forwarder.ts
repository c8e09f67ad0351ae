// The few connections that the kernel cannot lead to a container: those to ::1, and those over IPv6 to a container
// that has only IPv4. The engine accepts them and passes their bytes on.
import { connect, createServer, type Socket } from "node:net";
import type { Admission } from "../linux/port-holder.ts";
import type { IpAddress } from "./ip.ts";

const IPV6_LOOPBACK = 1n;

/** The container's end of a published port. */
export interface ForwardTarget {
  /** Tried in order; asked for each connection, as a container's networks may change. */
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

/** Accepts on a listening descriptor, which it owns from then on. @returns what ends it, connections included. */
export function forwardConnections(descriptor: number, target: ForwardTarget): () => void {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    open.add(client);
    client.on("close", () => open.delete(client));
    // A connection that breaks ends its counterpart, by the pipes below; there is no one to tell.
    client.on("error", () => {});
    passOn(client, target.addresses(), target.port);
  });
  server.on("error", () => {});
  server.listen({ fd: descriptor });
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

function passOn(client: Socket, [address, ...others]: string[], port: number): void {
  if (address === undefined || client.destroyed) {
    client.destroy();
    return;
  }
  const container = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  let connected = false;
  container.on("connect", () => {
    connected = true;
    client.pipe(container);
    container.pipe(client);
  });
  container.on("error", () => {
    if (connected) client.destroy();
    else passOn(client, others, port);
  });
  client.on("close", () => container.destroy());
}
