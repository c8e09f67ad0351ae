// The existing networks, by name and ID.
import { BerthError } from "../../api/errors.ts";
import type { NetworkDriver } from "../../network/drivers/driver.ts";
import type { UsedPrefix } from "../../network/subnets.ts";
import { Network } from "./network.ts";
import type { NetworkRecord } from "./records.ts";
import type { NetworkStore } from "./store.ts";

export class Catalogue {
  private readonly byId = new Map<string, Network>();
  private readonly store: NetworkStore;
  private readonly drivers: ReadonlyMap<string, NetworkDriver>;
  private readonly mtu: number;

  constructor(store: NetworkStore, drivers: ReadonlyMap<string, NetworkDriver>, mtu: number) {
    this.store = store;
    this.drivers = drivers;
    this.mtu = mtu;
    for (const record of store.networks()) this.byId.set(record.id, this.networkOf(record));
  }

  all(): Network[] {
    return [...this.byId.values()];
  }

  byName(name: string): Network | undefined {
    return this.all().find((network) => network.name === name);
  }

  get(id: string): Network | undefined {
    return this.byId.get(id);
  }

  /** By full ID, name, or unique ID prefix. @throws BerthError notFound, or invalidParameter when ambiguous. */
  find(reference: string): Network {
    const found = this.lookUp(reference);
    if (!found) throw new BerthError("notFound", `network ${reference} not found`);
    return found;
  }

  /** The same, but undefined if there is none. @throws BerthError invalidParameter when ambiguous. */
  lookUp(reference: string): Network | undefined {
    const exact = this.byId.get(reference) ?? this.byName(reference);
    if (exact) return exact;
    const matches = reference === "" ? [] : this.all().filter(({ id }) => id.startsWith(reference));
    if (matches.length > 1) {
      throw new BerthError(
        "invalidParameter",
        `network ${reference} is ambiguous (${matches.length} matches found based on ID prefix)`,
      );
    }
    return matches[0];
  }

  add(record: NetworkRecord): Network {
    this.store.saveNetwork(record);
    const network = this.networkOf(record);
    this.byId.set(record.id, network);
    return network;
  }

  delete(id: string): void {
    this.store.deleteNetwork(id);
    this.byId.delete(id);
  }

  /** The subnets of all networks. */
  used(): UsedPrefix[] {
    const existing = this.all().filter(({ record }) => !record.configOnly);
    return existing.flatMap((network) => network.subnets.map((prefix) => ({ prefix, by: network.name })));
  }

  /** The names of the host's interfaces that were created for networks. */
  interfaceNames(): Set<string> {
    const own = this.all().filter(({ driver }) => driver?.hostInterfaceKind === "own");
    return new Set(own.map(({ record }) => record.hostInterface));
  }

  private networkOf(record: NetworkRecord): Network {
    return new Network(record, this.drivers.get(record.driver), this.mtu);
  }
}
