// The engines available to the page, connected on first use.
import type { Connection } from "../../client/index.ts";

export interface EngineDirectory {
  /** Names of the contexts. */
  names: readonly string[];
  current: string;
  /** @throws Error with the reason when the context is unusable */
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

  /** @throws Error for an unknown or unusable context */
  get(name: string): Promise<Connection> {
    if (!this.names.includes(name)) return Promise.reject(new Error(`no such context: ${name}`));
    const known = this.#connections.get(name);
    if (known) return known;
    const connection = this.#connect(name);
    this.#connections.set(name, connection);
    // The next request retries.
    connection.catch(() => this.#connections.delete(name));
    return connection;
  }
}
