// Calls for scoped sockets, a Berth extension.
import type { CreateSocketRequest, SocketInspect } from "../api/scoped-sockets.ts";
import type { Connection } from "./connection.ts";

const pathOf = (socket: string): string => `/berth/sockets/${encodeURIComponent(socket)}`;

export class Sockets {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(): Promise<SocketInspect[]> {
    return this.#connection.json("GET", "/berth/sockets");
  }

  create(request: CreateSocketRequest): Promise<SocketInspect> {
    return this.#connection.json("POST", "/berth/sockets/create", { json: request });
  }

  inspect(socket: string): Promise<SocketInspect> {
    return this.#connection.json("GET", pathOf(socket));
  }

  remove(socket: string): Promise<void> {
    return this.#connection.done("DELETE", pathOf(socket));
  }
}
