// The engine's view of networks for front ends, and the filters of `network ls`.
import { BerthError } from "../../api/errors.ts";
import { parseAddress } from "../../network/ip.ts";
import type { Filters } from "../filters.ts";
import type { ContainerRecords } from "./container-records.ts";
import type { Network } from "./network.ts";
import { isPredefined } from "./predefined.ts";
import type { NetworkRecord } from "./records.ts";

export const listFilterKeys: readonly string[] = ["dangling", "driver", "id", "label", "name", "scope", "type"];

/** The scope of every network. */
const SCOPE = "local";

/** A running container on a network. */
export interface NetworkMember {
  containerId: string;
  name: string;
  endpointId: string;
  macAddress: string;
  /** With its prefix length; "" for none. */
  ipv4: string;
  ipv6: string;
}

export interface InspectedNetwork {
  record: NetworkRecord;
  members: NetworkMember[];
}

export function inspectNetwork(network: Network, records: ContainerRecords): InspectedNetwork {
  const members = records.endpointsOn(network.id).map(({ record, sandbox, endpoint }) => ({
    containerId: record.containerId,
    name: sandbox.identity.name,
    endpointId: endpoint.id,
    macAddress: endpoint.mac,
    ipv4: withPrefixLength(network, endpoint.ipv4),
    ipv6: withPrefixLength(network, endpoint.ipv6),
  }));
  return { record: network.record, members };
}

/** "10.0.0.2/24"; "" for no address. */
export function withPrefixLength(network: Network, address: string): string {
  return parseAddress(address) ? `${address}/${network.prefixLengthOf(address)}` : "";
}

/** Whether a network matches the filters of `network ls`. @throws BerthError invalidParameter for an invalid value */
export function matches(network: Network, filters: Filters, records: ContainerRecords): boolean {
  const { record } = network;
  const dangling = filters.flag("dangling");
  return (
    filters.exact("driver", record.driver) &&
    filters.exact("scope", SCOPE) &&
    filters.pattern("name", record.name) &&
    filters.pattern("id", record.id) &&
    filters.labels("label", record.labels) &&
    filters.exact("type", kindOf(network, filters)) &&
    (dangling === undefined || dangling === isUnused(network, records))
  );
}

function kindOf({ name }: Network, filters: Filters): string {
  for (const wanted of filters.values("type")) {
    if (wanted !== "builtin" && wanted !== "custom") {
      throw new BerthError("invalidParameter", `invalid filter: 'type'='${wanted}'`);
    }
  }
  return isPredefined(name) ? "builtin" : "custom";
}

/** A user-defined network without running containers. Configuration-only networks count as used. */
export function isUnused({ id, name, record }: Network, records: ContainerRecords): boolean {
  return !isPredefined(name) && !record.configOnly && records.endpointsOn(id).length === 0;
}
