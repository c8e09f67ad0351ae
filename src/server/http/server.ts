// The server: listeners and the connections they accept, served by one service and stopped together.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from "node:tls";
import { Connection, type HttpService } from "./connection.ts";

/** How long connections may take to end after a stop, in milliseconds. */
const STOP_GRACE = 3_000;
const KEEP_ALIVE_MILLISECONDS = 60_000;

/** Where to listen: a unix socket's path, or an address and port. */
export type ListenTarget = { path: string } | { host: string; port: number };

export class HttpServer {
  private readonly service: HttpService;
  private readonly mostConnections: number;
  private readonly listeners: Server[] = [];
  private readonly tlsListeners: TlsServer[] = [];
  private readonly connections = new Map<Connection, Promise<void>>();

  /** `mostConnections` keeps clients from taking every descriptor the engine needs for its containers. */
  constructor(service: HttpService, mostConnections = Number.POSITIVE_INFINITY) {
    this.service = service;
    this.mostConnections = mostConnections;
  }

  /**
   * Starts to listen, or to accept where a descriptor listens already; the answer is the port when one was chosen by
   * the kernel (0 for a unix socket).
   */
  async listen(target: ListenTarget | { fd: number }, tls?: TlsOptions): Promise<number> {
    // Half-open is what lets a client end its input and still read the output.
    const options = { allowHalfOpen: true };
    const tlsServer = tls && createTlsServer({ ...tls, ...options });
    const server = tlsServer ?? createServer(options);
    server.on(tls ? "secureConnection" : "connection", (socket: Socket) => this.accept(socket));
    server.on("tlsClientError", (error: Error) => this.service.log.debug("a TLS handshake failed", { error }));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(target, resolve);
    });
    server.on("error", (error) => this.service.log.error("a listener failed", { error }));
    this.listeners.push(server);
    if (tlsServer) this.tlsListeners.push(tlsServer);
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Other certificates for the connections to come; those there are go on. */
  renewCertificates(tls: TlsOptions): void {
    for (const listener of this.tlsListeners) listener.setSecureContext(tls);
  }

  /** Accepts nothing more, lets replies under way finish for a moment, then closes every connection. */
  async stop(): Promise<void> {
    for (const listener of this.listeners) listener.close();
    const ends = [...this.connections.values()];
    for (const connection of this.connections.keys()) connection.stop();
    await Promise.race([Promise.all(ends), Bun.sleep(STOP_GRACE)]);
    for (const connection of this.connections.keys()) connection.destroy();
  }

  private accept(socket: Socket): void {
    if (this.connections.size >= this.mostConnections && !this.closeAnIdleOne()) {
      this.service.log.warn("too many connections: one is refused", { connections: this.connections.size });
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    // A peer that vanished without a word would otherwise hold its connection for ever.
    socket.setKeepAlive(true, KEEP_ALIVE_MILLISECONDS);
    const connection = new Connection(socket, this.service);
    const served = connection.serve().finally(() => this.connections.delete(connection));
    this.connections.set(connection, served);
  }

  /** Makes room by closing the oldest connection that rests between requests. */
  private closeAnIdleOne(): boolean {
    for (const connection of this.connections.keys()) {
      if (!connection.idle) continue;
      this.connections.delete(connection);
      connection.destroy();
      return true;
    }
    return false;
  }
}
