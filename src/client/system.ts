// Calls for the engine as a whole.
import type { EventMessage } from "../api/events.ts";
import type { AuthAnswer, RegistryCredentials } from "../api/images.ts";
import type { DiskUsageAnswer, InfoAnswer, VersionAnswer } from "../api/system.ts";
import type { Connection, PingAnswer } from "./connection.ts";
import type { Filters } from "./query.ts";
import { textLines } from "./streams.ts";

export interface EventsOptions {
  /** Seconds since 1970, with decimals; or RFC 3339. */
  since?: string | undefined;
  until?: string | undefined;
  filters?: Filters | undefined;
  signal?: AbortSignal | undefined;
}

export class System {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  ping(): Promise<PingAnswer> {
    return this.#connection.ping();
  }

  version(): Promise<VersionAnswer> {
    return this.#connection.json("GET", "/version");
  }

  info(): Promise<InfoAnswer> {
    return this.#connection.json("GET", "/info");
  }

  /** `types` limits what is measured: "container", "image", "volume". */
  diskUsage(types: string[] = []): Promise<DiskUsageAnswer> {
    return this.#connection.json("GET", "/system/df", { query: { type: types } });
  }

  /** New events, or those from `since` on; ends at `until` or when aborted. */
  events(options: EventsOptions = {}): AsyncGenerator<EventMessage> {
    const { signal, ...query } = options;
    return this.#connection.lines("GET", "/events", { query, signal });
  }

  /** The same as the engine's JSON, unchanged. */
  eventTexts(options: EventsOptions = {}): AsyncGenerator<string> {
    const { signal, ...query } = options;
    return textLines(this.#connection.bytes("GET", "/events", { query, signal }));
  }

  /** Checks credentials with their registry. */
  authenticate(credentials: RegistryCredentials): Promise<AuthAnswer> {
    return this.#connection.json("POST", "/auth", { json: credentials });
  }
}
