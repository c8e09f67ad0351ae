// Networks and containers for unit tests, in a database in memory.
import { Database } from "bun:sqlite";
import type { Log } from "../../../../src/api/log.ts";
import { Catalogue } from "../../../../src/engine/networks/catalogue.ts";
import { ContainerRecords } from "../../../../src/engine/networks/container-records.ts";
import type { Join } from "../../../../src/engine/networks/endpoints.ts";
import { Network } from "../../../../src/engine/networks/network.ts";
import { placeholderNetwork } from "../../../../src/engine/networks/predefined.ts";
import type {
  Attachment,
  ContainerRecord,
  EndpointRecord,
  NetworkRecord,
} from "../../../../src/engine/networks/records.ts";
import { NetworkStore } from "../../../../src/engine/networks/store.ts";
import { networkDrivers } from "../../../../src/network/drivers/registry.ts";
import { migrations } from "../../../../src/storage/migrations/index.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The ID of a network or container, by its first digit. */
export const idOf = (digit: string): string => digit.repeat(64);

/** A bridge network 10.0.0.0/24 and fd00::/64. */
export function networkRecord(name: string, changes: Partial<NetworkRecord> = {}): NetworkRecord {
  const pools = [
    { subnet: "10.0.0.0/24", gateway: "10.0.0.1" },
    { subnet: "fd00::/64", gateway: "fd00::1" },
  ];
  const ipam = { driver: "default", options: null, pools };
  return { ...placeholderNetwork(name, "bridge"), enableIPv6: true, ipam, ...changes };
}

export const pool = (subnet: string, gateway: string) => ({
  driver: "default",
  options: null,
  pools: [{ subnet, gateway }],
});

export function network(name: string, changes: Partial<NetworkRecord> = {}): Network {
  const record = networkRecord(name, changes);
  return new Network(record, networkDrivers.get(record.driver), 1500);
}

/** Empty tables, and what reads them. */
export function emptyTables() {
  const database = new Database(":memory:", { strict: true });
  for (const migration of migrations) database.exec(migration);
  const store = new NetworkStore(database, silent);
  return { store, catalogue: new Catalogue(store, networkDrivers, 1500), records: new ContainerRecords(store) };
}

export function containerRecord(containerId: string, changes: Partial<ContainerRecord> = {}): ContainerRecord {
  return {
    containerId,
    mode: "bridge",
    disabled: false,
    attachments: [],
    macAddress: "",
    exposed: [],
    requests: [],
    publishAll: false,
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    links: [],
    ...changes,
  };
}

export function endpointRecord(networkId: string, changes: Partial<EndpointRecord> = {}): EndpointRecord {
  return {
    id: idOf("e"),
    networkId,
    interfaceName: "eth0",
    hostName: "veth0",
    mac: "02:42:0a:00:00:02",
    ipv4: "10.0.0.2",
    ipv6: "fd00::2",
    ...changes,
  };
}

export function join(on: Network, request: Attachment["request"] = {}, endpoint: Partial<EndpointRecord> = {}): Join {
  return { network: on, attachment: { networkId: on.id, request }, endpoint: endpointRecord(on.id, endpoint) };
}
