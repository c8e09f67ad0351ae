// Calls for networks.
import type {
  ConnectNetworkRequest,
  CreateNetworkAnswer,
  CreateNetworkRequest,
  NetworkInspect,
  PruneNetworksAnswer,
} from "../api/networks.ts";
import type { PrunePlan } from "../api/prune.ts";
import type { Connection } from "./connection.ts";
import type { Filters } from "./query.ts";

const pathOf = (network: string): string => `/networks/${encodeURIComponent(network)}`;

export class Networks {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(filters?: Filters): Promise<NetworkInspect[]> {
    return this.#connection.json("GET", "/networks", { query: { filters } });
  }

  create(request: CreateNetworkRequest): Promise<CreateNetworkAnswer> {
    return this.#connection.json("POST", "/networks/create", { json: request });
  }

  inspect(network: string, options: { verbose?: boolean; scope?: string } = {}): Promise<NetworkInspect> {
    return this.#connection.json("GET", pathOf(network), { query: { verbose: options.verbose, scope: options.scope } });
  }

  /** The engine's JSON unchanged. */
  inspectText(network: string, options: { verbose?: boolean; scope?: string } = {}): Promise<string> {
    return this.#connection.text("GET", pathOf(network), { query: { verbose: options.verbose, scope: options.scope } });
  }

  connect(network: string, request: ConnectNetworkRequest): Promise<void> {
    return this.#connection.done("POST", `${pathOf(network)}/connect`, { json: request });
  }

  disconnect(network: string, container: string, options: { force?: boolean } = {}): Promise<void> {
    const json = { Container: container, Force: options.force ?? false };
    return this.#connection.done("POST", `${pathOf(network)}/disconnect`, { json });
  }

  remove(network: string): Promise<void> {
    return this.#connection.done("DELETE", pathOf(network));
  }

  prune(filters?: Filters): Promise<PruneNetworksAnswer> {
    return this.#connection.json("POST", "/networks/prune", { query: { filters } });
  }

  /** Berth extension: what a prune with these filters would remove; nothing is removed. */
  planPrune(filters?: Filters): Promise<PrunePlan> {
    return this.#connection.json("POST", "/networks/prune", { query: { filters, dryRun: true } });
  }

  /** Berth extension: carries out a plan, skipping what has changed since. */
  applyPrune(planId: string): Promise<PruneNetworksAnswer> {
    return this.#connection.json("POST", "/networks/prune", { query: { plan: planId } });
  }
}
