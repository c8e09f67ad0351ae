// Validates a request for a network and completes it to a record.
import { BerthError } from "../../api/errors.ts";
import type { CreateNetworkRequest, IpamPool } from "../../api/networks.ts";
import { timestampNow } from "../../api/time.ts";
import { findLink } from "../../linux/netlink/links.ts";
import type { NetworkDesign, NetworkDriver } from "../../network/drivers/driver.ts";
import { defaultDriver } from "../../network/drivers/registry.ts";
import { hostHasIpv6 } from "../../network/forwarding.ts";
import { type Family, formatPrefix, overlaps, parsePrefix } from "../../network/ip.ts";
import type { UsedPrefix } from "../../network/subnets.ts";
import {
  type AddressSources,
  freePool,
  hostRoutes,
  makeUniqueLocalPrefix,
  refuseInvalidPools,
  requestedPool,
} from "./address-plan.ts";
import type { NetworkContext } from "./context.ts";
import { newId } from "./ids.ts";
import { isPredefined } from "./predefined.ts";
import type { NetworkRecord } from "./records.ts";

export interface DesignedNetwork {
  record: NetworkRecord;
  /** For the user; empty for none. */
  warning: string;
}

/** @throws BerthError with the reason why the network cannot be created */
export function designNetwork(request: CreateNetworkRequest, context: NetworkContext): DesignedNetwork {
  const { Name: name, Driver } = request;
  checkName(name, context);
  const base = withConfiguration(request, context);
  const driverName = base.ConfigOnly ? NO_DRIVER : Driver || defaultDriver.name;
  const driver = checkedDriver(driverName, request, context);
  checkAddressDriver(base.IPAM?.Driver ?? "");
  const id = newId();
  const options = { ...context.config.defaultNetworkOptions[driverName], ...base.Options };
  const asked = base.Internal ?? false;
  const internal = driver?.isInternal(options, asked) ?? asked;
  if (driver) checkOptions(driver, { id, internal, options }, context);
  const hostInterface = driver?.hostInterface({ id, internal, options }) ?? "";
  const addresses = driver
    ? choosePools(base, driver, options, context)
    : { pools: base.ConfigOnly ? (base.IPAM?.Config ?? []) : [], warning: "" };
  const families = new Set(addresses.pools.map(({ Subnet = "" }) => parsePrefix(Subnet)?.address.family));
  const record: NetworkRecord = {
    id,
    name,
    created: timestampNow(),
    driver: driverName,
    internal,
    attachable: base.Attachable ?? false,
    ingress: false,
    configOnly: base.ConfigOnly ?? false,
    configFrom: request.ConfigFrom?.Network ?? "",
    enableIPv4: base.ConfigOnly ? (base.EnableIPv4 ?? true) : families.has(4),
    enableIPv6: base.ConfigOnly ? (base.EnableIPv6 ?? false) : families.has(6),
    ipv6Unasked: !base.ConfigOnly && !base.EnableIPv6 && families.has(6),
    ipam: { driver: base.IPAM?.Driver || "default", options: base.IPAM?.Options ?? null, pools: addresses.pools },
    options,
    labels: base.Labels ?? {},
    hostInterface,
    adopted: hostInterface !== "" && findLink(context.host, hostInterface) !== undefined,
  };
  return { record, warning: addresses.warning };
}

/** The driver of networks that are only a name or a configuration. */
const NO_DRIVER = "null";

function checkName(name: string, { catalogue }: NetworkContext): void {
  if (name.trim() === "") throw new BerthError("invalidParameter", "invalid name: name is empty");
  // Containers that ask for "default" get the bridge.
  if (isPredefined(name) || name === "default") {
    throw new BerthError("forbidden", `operation is not permitted on predefined ${name} network `);
  }
  if (catalogue.byName(name)) throw new BerthError("conflict", `network with name ${name} already exists`);
}

/** @returns undefined for a network without interfaces. @throws BerthError for a driver that cannot be used */
function checkedDriver(
  name: string,
  { Ingress, Scope }: CreateNetworkRequest,
  { drivers }: NetworkContext,
): NetworkDriver | undefined {
  if (name === "overlay" || Ingress || Scope === "swarm") {
    throw new BerthError(
      "forbidden",
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }
  if (name === "host") throw new BerthError("forbidden", 'only one instance of "host" network is allowed');
  if (name === NO_DRIVER) return undefined;
  const driver = drivers.get(name);
  if (!driver) throw new BerthError("notFound", `plugin "${name}" not found`);
  return driver;
}

/** Only the engine's own IPAM driver exists. */
function checkAddressDriver(driver: string): void {
  if (driver !== "" && driver !== "default") throw new BerthError("notFound", `plugin "${driver}" not found`);
}

/** The request with the settings of its configuration-only network. */
function withConfiguration(request: CreateNetworkRequest, { catalogue }: NetworkContext): CreateNetworkRequest {
  const source = request.ConfigFrom?.Network;
  if (!source) return request;
  const record = catalogue.lookUp(source)?.record;
  if (!record) throw new BerthError("notFound", `configuration network "${source}" does not exist`);
  if (!record.configOnly) throw new BerthError("forbidden", `"${source}" is not a configuration network`);
  return {
    ...request,
    Internal: record.internal,
    Attachable: request.Attachable ?? record.attachable,
    EnableIPv4: record.enableIPv4,
    EnableIPv6: record.enableIPv6,
    IPAM: {
      Driver: record.ipam.driver,
      Config: record.ipam.pools,
      ...(record.ipam.options ? { Options: record.ipam.options } : {}),
    },
    Options: record.options,
    Labels: { ...record.labels, ...request.Labels },
  };
}

/** @throws BerthError for options the driver refuses, and for a host's interface that another network has */
function checkOptions(driver: NetworkDriver, design: NetworkDesign, { catalogue }: NetworkContext): void {
  const problem = driver.check(design.options, design.internal);
  if (problem) throw new BerthError("invalidParameter", problem);
  const hostInterface = driver.hostInterface(design);
  const other = catalogue
    .all()
    .find(
      (network) =>
        network.driver?.hostInterfaceKind === driver.hostInterfaceKind &&
        network.record.hostInterface === hostInterface,
    );
  if (other) throw new BerthError("forbidden", driver.conflict(design.id, other.id, hostInterface));
}

interface ChosenPools {
  pools: IpamPool[];
  warning: string;
}

/** The requested subnets and, for a family without one, a free subnet. */
function choosePools(
  request: CreateNetworkRequest,
  { name, subnets }: NetworkDriver,
  options: Record<string, string>,
  context: NetworkContext,
): ChosenPools {
  const hasGateway = (family: Family): boolean => subnets.hasGateway(options, family, request.Internal ?? false);
  const asked = (request.IPAM?.Config ?? []).filter((pool) => Object.keys(pool).length > 0);
  const enabled = enabledFamilies(request, asked, context);
  const routes = hostRoutes(context.host, context.catalogue.interfaceNames());
  const pools: IpamPool[] = [];
  const warnings: string[] = [];
  const wanted = asked.flatMap((pool) => {
    const family = parsePrefix(pool.Subnet ?? "")?.address.family;
    if (family !== undefined && !enabled[family]) return [];
    const isImplied = family === 6 && request.EnableIPv6 === undefined;
    return [isImplied ? withoutHostBits(pool) : pool];
  });
  refuseInvalidPools(wanted);
  for (const pool of wanted) {
    const chosen = requestedPool(pool, [...context.catalogue.used(), ...ownPrefixes(pools)], hasGateway);
    pools.push(chosen);
    if (!subnets.sharedWithHost) warnings.push(...clashWarnings(chosen, routes));
  }
  for (const family of [4, 6] as const) {
    const count = pools.filter(({ Subnet = "" }) => parsePrefix(Subnet)?.address.family === family).length;
    if (count > subnets.maxPerFamily) {
      throw new BerthError("forbidden", `${name} driver doesn't support multiple subnets`);
    }
    if (!enabled[family] || count > 0) continue;
    const used = [...context.catalogue.used(), ...ownPrefixes(pools), ...routes];
    pools.push(freePool(family, addressSources(context), used, hasGateway));
  }
  return { pools, warning: warnings.join("\n") };
}

/** Docker leaves IPv6 off unless it is enabled, and does not look at such a subnet ("2001:db8::1/64"). */
function withoutHostBits(pool: IpamPool): IpamPool {
  const masked = (text = ""): string => {
    const prefix = parsePrefix(text);
    return prefix ? formatPrefix(prefix) : text;
  };
  return { ...pool, Subnet: masked(pool.Subnet), ...(pool.IPRange ? { IPRange: masked(pool.IPRange) } : {}) };
}

/** Unless the request says otherwise, a network has IPv6 if the host has it and the subnets, if any, include an IPv6 one. */
function enabledFamilies(
  { EnableIPv4, EnableIPv6 }: CreateNetworkRequest,
  asked: IpamPool[],
  { config }: NetworkContext,
): Record<4 | 6, boolean> {
  const asks6 = asked.some(({ Subnet = "" }) => parsePrefix(Subnet)?.address.family === 6);
  const byDefault = config.ipv6 && hostHasIpv6() && (asked.length === 0 || asks6);
  const enabled = { 4: EnableIPv4 ?? true, 6: EnableIPv6 ?? byDefault };
  if (!enabled[4] && !enabled[6]) {
    throw new BerthError("invalidParameter", "IPv4 or IPv6 must be enabled");
  }
  return enabled;
}

function ownPrefixes(pools: IpamPool[]): UsedPrefix[] {
  return pools.flatMap(({ Subnet = "" }) => {
    const prefix = parsePrefix(Subnet);
    return prefix ? [{ prefix, by: "this network" }] : [];
  });
}

function clashWarnings({ Subnet = "" }: IpamPool, routes: UsedPrefix[]): string[] {
  const subnet = parsePrefix(Subnet);
  const clash = subnet && routes.find(({ prefix }) => overlaps(prefix, subnet));
  if (!clash) return [];
  return [`subnet ${Subnet} overlaps with the route ${formatPrefix(clash.prefix)} of interface ${clash.by}`];
}

/** The sources of this engine's subnets. */
export function addressSources({ config, store }: Pick<NetworkContext, "config" | "store">): AddressSources {
  return {
    pools: config.defaultAddressPools,
    uniqueLocal: store.setting("unique local prefix", makeUniqueLocalPrefix),
  };
}
