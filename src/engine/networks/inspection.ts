// Networks as `network ls` and `network inspect` show them, and the filters of `network ls`.
import { BerthError } from "../../api/errors.ts";
import type { NetworkInspect } from "../../api/networks.ts";
import type { Filters } from "../filters.ts";
import type { ContainerRecords } from "./container-records.ts";
import type { Network } from "./network.ts";
import { withPrefixLength } from "./network-settings.ts";
import { isPredefined } from "./predefined.ts";

export const listFilterKeys: readonly string[] = ["dangling", "driver", "id", "label", "name", "scope", "type"];

const SCOPE = "local";

/** A network without its containers, as in lists. */
export function networkSummary({ record }: Network): NetworkInspect {
  return {
    Name: record.name,
    Id: record.id,
    Created: record.created,
    Scope: SCOPE,
    Driver: record.driver,
    EnableIPv4: record.enableIPv4,
    // What the client asked for: docker-compose refuses a network that differs from its file.
    EnableIPv6: record.enableIPv6 && !record.ipv6Unasked,
    IPAM: { Driver: record.ipam.driver, Options: record.ipam.options, Config: record.ipam.pools },
    Internal: record.internal,
    Attachable: record.attachable,
    Ingress: record.ingress,
    ConfigFrom: { Network: record.configFrom },
    ConfigOnly: record.configOnly,
    Containers: {},
    Options: record.options,
    Labels: record.labels,
  };
}

export function inspectNetwork(network: Network, records: ContainerRecords): NetworkInspect {
  const members = records.endpointsOn(network.id).map(({ record, sandbox, endpoint }) => [
    record.containerId,
    {
      Name: sandbox.identity.name,
      EndpointID: endpoint.id,
      MacAddress: endpoint.mac,
      IPv4Address: withPrefixLength(network, endpoint.ipv4),
      IPv6Address: withPrefixLength(network, endpoint.ipv6),
    },
  ]);
  return { ...networkSummary(network), Containers: Object.fromEntries(members) };
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
