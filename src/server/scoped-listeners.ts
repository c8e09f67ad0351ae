// Listens on scoped sockets: each has its own server and policy over the same routes.
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../api/errors.ts";
import type { Log } from "../api/log.ts";
import type { ScopedSocket, ScopedSockets, SocketRequest } from "../engine/index.ts";
import type { Route } from "./exchange.ts";
import type { HttpService } from "./http/connection.ts";
import { HttpServer } from "./http/server.ts";
import { Router } from "./router.ts";
import { type LabelledContainers, scopedRoutes } from "./socket-policy.ts";
import { clearSocketPath, listenOnUnix, socketGroupId } from "./sockets.ts";

export interface ScopedListenersParts {
  sockets: ScopedSockets;
  routes: readonly Route[];
  containers: LabelledContainers;
  /** The settings shared by all servers of this daemon. */
  service: Omit<HttpService, "respond">;
  log: Log;
}

export class ScopedListeners {
  private readonly parts: ScopedListenersParts;
  private readonly servers = new Map<string, HttpServer>();

  constructor(parts: ScopedListenersParts) {
    this.parts = parts;
  }

  list(): ScopedSocket[] {
    return this.parts.sockets.list();
  }

  get(name: string): ScopedSocket {
    return this.parts.sockets.get(name);
  }

  /** Reopens every socket in the database; a failure is logged. */
  async restore(): Promise<void> {
    for (const socket of this.list()) {
      try {
        await this.listen(socket);
      } catch (thrown) {
        this.parts.log.error("failed to reopen scoped socket", {
          name: socket.name,
          reason: messageOf(thrown),
        });
      }
    }
  }

  async create(request: SocketRequest): Promise<ScopedSocket> {
    const socket = this.parts.sockets.plan(request);
    await this.listen(socket);
    this.parts.sockets.save(socket);
    return socket;
  }

  async remove(name: string): Promise<void> {
    const socket = this.get(name);
    this.parts.sockets.remove(name);
    await this.servers.get(name)?.stop();
    this.servers.delete(name);
    rmSync(dirname(socket.path), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.stop()));
    for (const socket of this.list()) rmSync(socket.path, { force: true });
  }

  private async listen(socket: ScopedSocket): Promise<void> {
    const { routes, containers, service, log } = this.parts;
    const groupId = socket.group === "" ? 0 : socketGroupId(socket.group);
    const router = new Router(scopedRoutes(routes, socket, containers), log);
    const server = new HttpServer({ ...service, respond: (request) => router.respond(request) });
    await clearSocketPath(socket.path);
    await listenOnUnix(server, socket.path, groupId);
    this.servers.set(socket.name, server);
    log.info("listening", { host: `unix://${socket.path}`, allow: socket.allow, labels: socket.labels });
  }
}
