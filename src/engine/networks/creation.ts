// Validates a request for a network and completes it to a record.
import { BerthError } from "../../api/errors.ts";
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
import type { IpamPool, NetworkRecord } from "./records.ts";

/** What a client asks for; the engine chooses what is absent. */
export interface NetworkRequest {
  name: string;
  driver?: string | undefined;
  /** Whether it is to be one of a swarm, which there is none of. */
  isForSwarm?: boolean | undefined;
  internal?: boolean | undefined;
  attachable?: boolean | undefined;
  /** Whether it only holds the configuration of others. */
  configOnly?: boolean | undefined;
  /** The configuration-only network with its settings. */
  configFrom?: string | undefined;
  ipam?: { driver?: string | undefined; options?: Record<string, string> | undefined; pools?: IpamPool[] | undefined };
  enableIPv4?: boolean | undefined;
  enableIPv6?: boolean | undefined;
  options?: Record<string, string> | undefined;
  labels?: Record<string, string> | undefined;
}

export interface DesignedNetwork {
  record: NetworkRecord;
  /** For the user; empty for none. */
  warning: string;
}

/** @throws BerthError with the reason why the network cannot be created */
export function designNetwork(request: NetworkRequest, context: NetworkContext): DesignedNetwork {
  const { name } = request;
  checkName(name, context);
  const base = withConfiguration(request, context);
  const driverName = base.configOnly ? NO_DRIVER : request.driver || defaultDriver.name;
  const driver = checkedDriver(driverName, request, context);
  checkAddressDriver(base.ipam?.driver ?? "");
  const id = newId();
  const options = { ...context.config.defaultNetworkOptions[driverName], ...base.options };
  const asked = base.internal ?? false;
  const internal = driver?.isInternal(options, asked) ?? asked;
  if (driver) checkOptions(driver, { id, internal, options }, context);
  const hostInterface = driver?.hostInterface({ id, internal, options }) ?? "";
  const addresses = driver
    ? choosePools(base, driver, options, context)
    : { pools: base.configOnly ? (base.ipam?.pools ?? []) : [], warning: "" };
  const families = new Set(addresses.pools.map(({ subnet = "" }) => parsePrefix(subnet)?.address.family));
  const record: NetworkRecord = {
    id,
    name,
    created: timestampNow(),
    driver: driverName,
    internal,
    attachable: base.attachable ?? false,
    ingress: false,
    configOnly: base.configOnly ?? false,
    configFrom: request.configFrom ?? "",
    enableIPv4: base.configOnly ? (base.enableIPv4 ?? true) : families.has(4),
    enableIPv6: base.configOnly ? (base.enableIPv6 ?? false) : families.has(6),
    ipv6Unasked: !base.configOnly && !base.enableIPv6 && families.has(6),
    ipam: { driver: base.ipam?.driver || "default", options: base.ipam?.options ?? null, pools: addresses.pools },
    options,
    labels: base.labels ?? {},
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
  { isForSwarm }: NetworkRequest,
  { drivers }: NetworkContext,
): NetworkDriver | undefined {
  if (name === "overlay" || isForSwarm) {
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
function withConfiguration(request: NetworkRequest, { catalogue }: NetworkContext): NetworkRequest {
  const source = request.configFrom;
  if (!source) return request;
  const record = catalogue.lookUp(source)?.record;
  if (!record) throw new BerthError("notFound", `configuration network "${source}" does not exist`);
  if (!record.configOnly) throw new BerthError("forbidden", `"${source}" is not a configuration network`);
  return {
    ...request,
    internal: record.internal,
    attachable: request.attachable ?? record.attachable,
    enableIPv4: record.enableIPv4,
    enableIPv6: record.enableIPv6,
    ipam: { driver: record.ipam.driver, pools: record.ipam.pools, options: record.ipam.options ?? undefined },
    options: record.options,
    labels: { ...record.labels, ...request.labels },
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
  request: NetworkRequest,
  { name, subnets }: NetworkDriver,
  options: Record<string, string>,
  context: NetworkContext,
): ChosenPools {
  const hasGateway = (family: Family): boolean => subnets.hasGateway(options, family, request.internal ?? false);
  const asked = (request.ipam?.pools ?? []).filter((pool) => Object.keys(pool).length > 0);
  const enabled = enabledFamilies(request, asked, context);
  const routes = hostRoutes(context.host, context.catalogue.interfaceNames());
  const pools: IpamPool[] = [];
  const warnings: string[] = [];
  const wanted = asked.flatMap((pool) => {
    const family = parsePrefix(pool.subnet ?? "")?.address.family;
    if (family !== undefined && !enabled[family]) return [];
    const isImplied = family === 6 && request.enableIPv6 === undefined;
    return [isImplied ? withoutHostBits(pool) : pool];
  });
  refuseInvalidPools(wanted);
  for (const pool of wanted) {
    const chosen = requestedPool(pool, [...context.catalogue.used(), ...ownPrefixes(pools)], hasGateway);
    pools.push(chosen);
    if (!subnets.sharedWithHost) warnings.push(...clashWarnings(chosen, routes));
  }
  for (const family of [4, 6] as const) {
    const count = pools.filter(({ subnet = "" }) => parsePrefix(subnet)?.address.family === family).length;
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
  return { ...pool, subnet: masked(pool.subnet), ...(pool.ipRange ? { ipRange: masked(pool.ipRange) } : {}) };
}

/** Unless the request says otherwise, a network has IPv6 if the host has it and the subnets, if any, include an IPv6 one. */
function enabledFamilies(
  { enableIPv4, enableIPv6 }: NetworkRequest,
  asked: IpamPool[],
  { config }: NetworkContext,
): Record<4 | 6, boolean> {
  const asks6 = asked.some(({ subnet = "" }) => parsePrefix(subnet)?.address.family === 6);
  const byDefault = config.ipv6 && hostHasIpv6() && (asked.length === 0 || asks6);
  const enabled = { 4: enableIPv4 ?? true, 6: enableIPv6 ?? byDefault };
  if (!enabled[4] && !enabled[6]) {
    throw new BerthError("invalidParameter", "IPv4 or IPv6 must be enabled");
  }
  return enabled;
}

function ownPrefixes(pools: IpamPool[]): UsedPrefix[] {
  return pools.flatMap(({ subnet = "" }) => {
    const prefix = parsePrefix(subnet);
    return prefix ? [{ prefix, by: "this network" }] : [];
  });
}

function clashWarnings({ subnet: text = "" }: IpamPool, routes: UsedPrefix[]): string[] {
  const subnet = parsePrefix(text);
  const clash = subnet && routes.find(({ prefix }) => overlaps(prefix, subnet));
  if (!clash) return [];
  return [`subnet ${text} overlaps with the route ${formatPrefix(clash.prefix)} of interface ${clash.by}`];
}

/** The sources of this engine's subnets. */
export function addressSources({ config, store }: Pick<NetworkContext, "config" | "store">): AddressSources {
  return {
    pools: config.defaultAddressPools,
    uniqueLocal: store.setting("unique local prefix", makeUniqueLocalPrefix),
  };
}
