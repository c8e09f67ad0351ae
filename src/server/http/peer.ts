// The peer of a connection, as fields of a log line.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { LogFields } from "../../api/log.ts";
import { peerCredentials } from "../../linux/peer-credentials.ts";

/** Process and user of a unix socket; address, and the certificate's name, of TCP. */
export function describePeer(socket: Socket): LogFields {
  if (socket.remoteAddress !== undefined) {
    const peer = { from: `${socket.remoteAddress}:${socket.remotePort}` };
    return socket instanceof TLSSocket ? { ...peer, certificate: certificateName(socket) } : peer;
  }
  const descriptor = descriptorOf(socket);
  return descriptor === undefined ? {} : credentialFields(descriptor);
}

function certificateName(socket: TLSSocket): string {
  const name = socket.getPeerCertificate()?.subject?.CN;
  return Array.isArray(name) ? name.join(",") : (name ?? "");
}

function credentialFields(descriptor: number): LogFields {
  try {
    const { pid, uid } = peerCredentials(descriptor);
    return { pid, uid };
  } catch {
    return {};
  }
}

/**
 * Whether the client has closed the connection completely, not just its sending side. The runtime closes the descriptor of
 * a unix socket then without an event; on TCP only a failed write reveals it.
 */
export function isGone(socket: Socket): boolean {
  return !socket.destroyed && descriptorOf(socket) === undefined;
}

/** The runtime keeps the descriptor of a socket on its handle. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null || !("fd" in handle)) return undefined;
  return typeof handle.fd === "number" && handle.fd >= 0 ? handle.fd : undefined;
}
