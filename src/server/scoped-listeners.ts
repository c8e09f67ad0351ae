// Listens on scoped sockets: each has its own server and policy over the same routes.
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../api/errors.ts";
import type { Log } from "../api/log.ts";
import type { CreateSocketRequest, SocketInspect } from "../api/scoped-sockets.ts";
import type { ScopedSockets } from "../engine/index.ts";
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

  list(): SocketInspect[] {
    return this.parts.sockets.list();
  }

  get(name: string): SocketInspect {
    return this.parts.sockets.get(name);
  }

  /** Reopens every socket in the database; a failure is logged. */
  async restore(): Promise<void> {
    for (const socket of this.list()) {
      try {
        await this.listen(socket);
      } catch (thrown) {
        this.parts.log.error("failed to reopen scoped socket", {
          name: socket.Name,
          reason: messageOf(thrown),
        });
      }
    }
  }

  async create(request: CreateSocketRequest): Promise<SocketInspect> {
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
    rmSync(dirname(socket.Path), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.stop()));
    for (const socket of this.list()) rmSync(socket.Path, { force: true });
  }

  private async listen(socket: SocketInspect): Promise<void> {
    const { routes, containers, service, log } = this.parts;
    const groupId = socket.Group === "" ? 0 : socketGroupId(socket.Group);
    const router = new Router(scopedRoutes(routes, socket, containers), log);
    const server = new HttpServer({ ...service, respond: (request) => router.respond(request) });
    await clearSocketPath(socket.Path);
    await listenOnUnix(server, socket.Path, groupId);
    this.servers.set(socket.Name, server);
    log.info("listening", { host: `unix://${socket.Path}`, allow: socket.Allow, labels: socket.Labels });
  }
}
