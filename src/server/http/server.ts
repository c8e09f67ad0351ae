// Listeners and the connections they accept, with one service behind them.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from "node:tls";
import { Connection, type HttpService } from "./connection.ts";

/** Milliseconds that connections get to finish after a stop. */
const STOP_GRACE = 3_000;
const KEEP_ALIVE_MILLISECONDS = 60_000;

/** Where to listen: a unix socket's path, or an address and port. */
export type ListenTarget = { path: string } | { host: string; port: number };

export class HttpServer {
  private readonly service: HttpService;
  private readonly maxConnections: number;
  private readonly listeners: Server[] = [];
  private readonly tlsListeners: TlsServer[] = [];
  private readonly connections = new Map<Connection, Promise<void>>();

  /** @param maxConnections leaves file descriptors to the engine for its containers */
  constructor(service: HttpService, maxConnections = Number.POSITIVE_INFINITY) {
    this.service = service;
    this.maxConnections = maxConnections;
  }

  /**
   * Listens on an address, or accepts on a descriptor that is listening already. Resolves to the port, 0 for a unix
   * socket.
   */
  async listen(target: ListenTarget | { fd: number }, tls?: TlsOptions): Promise<number> {
    // Lets a client end its input and still read the output.
    const options = { allowHalfOpen: true };
    const tlsServer = tls && createTlsServer({ ...tls, ...options });
    const server = tlsServer ?? createServer(options);
    server.on(tls ? "secureConnection" : "connection", (socket: Socket) => this.accept(socket));
    server.on("tlsClientError", (error: Error) => this.service.log.debug("TLS handshake failed", { error }));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(target, resolve);
    });
    server.on("error", (error) => this.service.log.error("listener failed", { error }));
    this.listeners.push(server);
    if (tlsServer) this.tlsListeners.push(tlsServer);
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Uses other certificates for new connections. */
  renewCertificates(tls: TlsOptions): void {
    for (const listener of this.tlsListeners) listener.setSecureContext(tls);
  }

  /** Stops accepting, lets replies finish for a moment, then closes every connection. */
  async stop(): Promise<void> {
    for (const listener of this.listeners) listener.close();
    const ends = [...this.connections.values()];
    for (const connection of this.connections.keys()) connection.stop();
    await Promise.race([Promise.all(ends), Bun.sleep(STOP_GRACE)]);
    for (const connection of this.connections.keys()) connection.destroy();
  }

  private accept(socket: Socket): void {
    if (this.connections.size >= this.maxConnections && !this.closeAnIdleOne()) {
      this.service.log.warn("connection limit reached, rejecting", { connections: this.connections.size });
      socket.destroy();
      return;
    }
    this.service.connected();
    socket.setNoDelay(true);
    // Detects peers that disappeared without closing.
    socket.setKeepAlive(true, KEEP_ALIVE_MILLISECONDS);
    const connection = new Connection(socket, this.service);
    const served = connection.serve().finally(() => this.connections.delete(connection));
    this.connections.set(connection, served);
  }

  /** Closes the oldest idle connection. False when there is none. */
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
