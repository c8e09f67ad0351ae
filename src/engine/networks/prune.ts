// `network prune`: removes unused networks, optionally after a preview.
import type { Filters } from "../filters.ts";
import { pruneFilter } from "../prune-filters.ts";
import { type PlannedRemoval, PrunePlans } from "../prune-plans.ts";
import type { Pruned, PrunePlan } from "../pruner.ts";
import type { NetworkContext } from "./context.ts";
import { isUnused } from "./inspection.ts";
import type { Network } from "./network.ts";

export interface NetworkPruneHost {
  context: Pick<NetworkContext, "catalogue" | "records" | "events">;
  remove(networkId: string): void;
}

export class NetworkPruner {
  private readonly host: NetworkPruneHost;
  private readonly plans = new PrunePlans();

  constructor(host: NetworkPruneHost) {
    this.host = host;
  }

  /** What a prune would remove now; {@link apply} removes it. @throws BerthError for an invalid filter */
  plan(filters: Filters): PrunePlan {
    return this.plans.make(this.candidates(filters).map(removalOf));
  }

  /** @throws BerthError invalidParameter for an invalid filter */
  prune(filters: Filters): Pruned<string> {
    return this.removeAll(this.candidates(filters));
  }

  /** Removes what was planned, except networks in use by now. @throws BerthError notFound */
  apply(planId: string): Pruned<string> {
    const { catalogue, records } = this.host.context;
    // A network itself cannot change, only its containers.
    const left = this.plans.take(planId).flatMap(({ object }) => catalogue.get(object.id) ?? []);
    return this.removeAll(left.filter((network) => isUnused(network, records)));
  }

  private candidates(filters: Filters): Network[] {
    const { catalogue, records } = this.host.context;
    const isPrunable = pruneFilter(filters);
    return catalogue
      .all()
      .filter((network) => isUnused(network, records))
      .filter(({ record }) => isPrunable(record.created, record.labels));
  }

  private removeAll(networks: readonly Network[]): Pruned<string> {
    for (const { id } of networks) this.host.remove(id);
    this.host.context.events.publish("network", "prune", "", { reclaimed: "0" });
    return { removed: networks.map(({ name }) => name), reclaimed: 0 };
  }
}

function removalOf({ id, name }: Network): PlannedRemoval {
  return { object: { id, name, size: 0 }, fingerprint: "" };
}
