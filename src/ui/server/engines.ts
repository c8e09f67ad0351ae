// The engines that the page may use, each connected when it is first asked for.
import type { Connection } from "../../client/index.ts";

export interface EngineDirectory {
  /** Names of the contexts. */
  names: readonly string[];
  current: string;
  /** @throws Error that says why the context cannot be used */
  connect(name: string): Promise<Connection>;
}

export class Engines {
  readonly names: readonly string[];
  readonly current: string;
  readonly #connect: (name: string) => Promise<Connection>;
  readonly #connections = new Map<string, Promise<Connection>>();

  constructor({ names, current, connect }: EngineDirectory) {
    this.names = names;
    this.current = current;
    this.#connect = connect;
  }

  /** @throws Error for a context that is unknown or cannot be used */
  get(name: string): Promise<Connection> {
    if (!this.names.includes(name)) return Promise.reject(new Error(`no such context: ${name}`));
    const known = this.#connections.get(name);
    if (known) return known;
    const connection = this.#connect(name);
    this.#connections.set(name, connection);
    // The next request tries again.
    connection.catch(() => this.#connections.delete(name));
    return connection;
  }
}
