// Calls for volumes.

import type { PrunePlan } from "../api/prune.ts";
import type { CreateVolumeRequest, ListVolumesAnswer, PruneVolumesAnswer, VolumeInspect } from "../api/volumes.ts";
import type { Connection } from "./connection.ts";
import type { Filters } from "./query.ts";

const pathOf = (volume: string): string => `/volumes/${encodeURIComponent(volume)}`;

export class Volumes {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(filters?: Filters): Promise<ListVolumesAnswer> {
    return this.#connection.json("GET", "/volumes", { query: { filters } });
  }

  create(request: CreateVolumeRequest = {}): Promise<VolumeInspect> {
    return this.#connection.json("POST", "/volumes/create", { json: request });
  }

  inspect(volume: string): Promise<VolumeInspect> {
    return this.#connection.json("GET", pathOf(volume));
  }

  /** The engine's JSON unchanged. */
  inspectText(volume: string): Promise<string> {
    return this.#connection.text("GET", pathOf(volume));
  }

  remove(volume: string, options: { force?: boolean } = {}): Promise<void> {
    return this.#connection.done("DELETE", pathOf(volume), { query: { force: options.force } });
  }

  prune(filters?: Filters): Promise<PruneVolumesAnswer> {
    return this.#connection.json("POST", "/volumes/prune", { query: { filters } });
  }

  /** Berth extension: what a prune with these filters would remove; nothing is removed. */
  planPrune(filters?: Filters): Promise<PrunePlan> {
    return this.#connection.json("POST", "/volumes/prune", { query: { filters, dryRun: true } });
  }

  /** Berth extension: carries out a plan, skipping what has changed since. */
  applyPrune(planId: string): Promise<PruneVolumesAnswer> {
    return this.#connection.json("POST", "/volumes/prune", { query: { plan: planId } });
  }
}
