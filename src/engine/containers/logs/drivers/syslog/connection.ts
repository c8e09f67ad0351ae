// Connections to syslog servers: local datagram or stream sockets, UDP, TCP, TLS.
import { createSocket } from "node:dgram";
import { closeSync, readFileSync, writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { connectDatagram } from "../../../../../linux/unix-socket.ts";
import type { SyslogSettings } from "./options.ts";

/** The sockets of a local syslog daemon. */
const LOCAL_SOCKETS = ["/dev/log", "/var/run/syslog", "/var/run/log"];
const DEADLINE_MILLISECONDS = 10_000;

export interface SyslogConnection {
  /** Resolves when the message is sent. After a rejection the connection is closed. */
  send(message: Buffer): Promise<void>;
  close(): void;
}

/** @throws Error with the system's message when the connection fails */
export async function connectSyslog({ address, tls }: SyslogSettings): Promise<SyslogConnection> {
  switch (address.protocol) {
    case "unix":
      return connectLocal(address.path === undefined ? LOCAL_SOCKETS : [address.path]);
    case "udp":
      return overUdp(address.host, address.port);
    case "tcp":
      return overStream(connect(address.port, address.host));
    case "tls": {
      const socket = connectTls({
        host: address.host,
        port: address.port,
        rejectUnauthorized: !tls.skipVerification,
        ...(tls.ca ? { ca: readFileSync(tls.ca) } : {}),
        ...(tls.certificate ? { cert: readFileSync(tls.certificate) } : {}),
        ...(tls.key ? { key: readFileSync(tls.key) } : {}),
      });
      return overStream(socket, "secureConnect");
    }
  }
}

async function connectLocal(paths: readonly string[]): Promise<SyslogConnection> {
  for (const path of paths) {
    try {
      const descriptor = connectDatagram(path);
      return {
        send: async (message) => void writeSync(descriptor, message.subarray(0, -1)),
        close: () => closeSync(descriptor),
      };
    } catch {
      const stream = await overStream(connect(path)).catch(() => undefined);
      if (stream) return stream;
    }
  }
  throw new Error("Unix syslog delivery error");
}

async function overUdp(host: string, port: number): Promise<SyslogConnection> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.connect(port, host, () => resolve()));
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        socket.send(message.subarray(0, -1), (error) => (error ? reject(error) : resolve()));
      }),
    close: () => socket.close(),
  };
}

function overStream(socket: Socket, established: "connect" | "secureConnect" = "connect"): Promise<SyslogConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<SyslogConnection>();
  const fail = (error: Error) => {
    socket.destroy();
    reject(error);
  };
  const timer = setTimeout(() => fail(new Error("timed out connecting to the syslog server")), DEADLINE_MILLISECONDS);
  socket.once(established, () => {
    clearTimeout(timer);
    resolve({
      send: (message) =>
        new Promise((sent, failed) => {
          if (!socket.writable) failed(new Error("the syslog server closed the connection"));
          else socket.write(message, (error) => (error ? failed(error) : sent()));
        }),
      close: () => socket.destroy(),
    });
  });
  socket.on("error", (error) => {
    clearTimeout(timer);
    fail(error);
  });
  return promise;
}
