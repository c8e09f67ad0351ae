// Making a network: the request checked and completed into a record, before anything of it exists.
import { BerthError } from "../../api/errors.ts";
import type { CreateNetworkRequest, IpamPool } from "../../api/networks.ts";
import { timestampNow } from "../../api/time.ts";
import { findLink } from "../../linux/netlink/links.ts";
import { OPTION_BRIDGE_NAME, wantsGateway } from "../../network/drivers/bridge.ts";
import { OPTION_PARENT } from "../../network/drivers/driver.ts";
import { parentName } from "../../network/drivers/parent.ts";
import { hostHasIpv6 } from "../../network/forwarding.ts";
import { type Family, formatPrefix, overlaps, parsePrefix } from "../../network/ip.ts";
import type { UsedPrefix } from "../../network/subnets.ts";
import { type AddressSources, freePool, hostRoutes, makeUniqueLocalPrefix, requestedPool } from "./address-plan.ts";
import type { NetworkContext } from "./context.ts";
import { defaultBridgeName, newId } from "./ids.ts";
import { isPredefined } from "./predefined.ts";
import type { NetworkRecord } from "./records.ts";

const INTERFACE_NAME_LENGTH = 15;

export interface DesignedNetwork {
  record: NetworkRecord;
  /** What the user should know; empty for nothing. */
  warning: string;
}

/** @throws BerthError with the reason the network cannot be. */
export function designNetwork(request: CreateNetworkRequest, context: NetworkContext): DesignedNetwork {
  const { Name: name, Driver } = request;
  checkName(name, context);
  const base = withConfiguration(request, context);
  const driver = base.ConfigOnly ? "null" : Driver || "bridge";
  checkDriver(driver, request, context);
  checkAddressDriver(base.IPAM?.Driver ?? "");
  const id = newId();
  const options = { ...context.config.defaultNetworkOptions[driver], ...base.Options };
  if (!base.ConfigOnly) checkOptions(driver, options, base.Internal ?? false, context);
  const bridge = driver === "bridge" ? bridgeName(id, options, context) : "";
  const addresses = base.ConfigOnly
    ? { pools: base.IPAM?.Config ?? [], warning: "" }
    : choosePools(base, driver, options, context);
  const families = new Set(addresses.pools.map(({ Subnet = "" }) => parsePrefix(Subnet)?.address.family));
  // Without a parent on the host there is no way out.
  const internal = (base.Internal ?? false) || (isOnParent(driver) && !options[OPTION_PARENT]);
  const record: NetworkRecord = {
    id,
    name,
    created: timestampNow(),
    driver,
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
    bridge,
    adopted: findLink(context.host, driver === "bridge" ? bridge : parentName({ id, internal, options })) !== undefined,
  };
  return { record, warning: addresses.warning };
}

const isOnParent = (driver: string): boolean => driver === "macvlan" || driver === "ipvlan";

function checkName(name: string, { catalogue }: NetworkContext): void {
  if (name.trim() === "") throw new BerthError("invalidParameter", "invalid name: name is empty");
  if (isPredefined(name)) {
    throw new BerthError("forbidden", `operation is not permitted on predefined ${name} network `);
  }
  if (catalogue.byName(name)) throw new BerthError("conflict", `network with name ${name} already exists`);
}

function checkDriver(driver: string, { Ingress, Scope }: CreateNetworkRequest, { drivers }: NetworkContext): void {
  if (driver === "overlay" || Ingress || Scope === "swarm") {
    throw new BerthError(
      "forbidden",
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }
  if (driver === "host" || driver === "null") {
    if (driver === "host") throw new BerthError("forbidden", 'only one instance of "host" network is allowed');
    return;
  }
  if (!drivers.has(driver)) throw new BerthError("notFound", `plugin "${driver}" not found`);
}

/** Addresses are given out by the engine itself. */
function checkAddressDriver(driver: string): void {
  if (driver !== "" && driver !== "default") throw new BerthError("notFound", `plugin "${driver}" not found`);
}

/** The request with what it takes from a configuration-only network. */
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

function checkOptions(
  driver: string,
  options: Record<string, string>,
  internal: boolean,
  context: NetworkContext,
): void {
  const problem = context.drivers.get(driver)?.check(options, internal);
  if (problem) throw new BerthError("invalidParameter", problem);
  const parent = options[OPTION_PARENT];
  if (driver === "bridge" || !parent) return;
  const other = context.catalogue
    .all()
    .find(({ record }) => record.driver !== "bridge" && record.options[OPTION_PARENT] === parent);
  if (other) throw new BerthError("forbidden", `network ${other.id} is already using parent interface ${parent}`);
}

function bridgeName(id: string, options: Record<string, string>, { catalogue }: NetworkContext): string {
  const name = options[OPTION_BRIDGE_NAME] || defaultBridgeName(id);
  if (name.length > INTERFACE_NAME_LENGTH || /[\s/]/.test(name)) {
    throw new BerthError("invalidParameter", `invalid interface name: ${name}`);
  }
  const other = catalogue.all().find(({ record }) => record.bridge === name);
  if (other) {
    throw new BerthError(
      "forbidden",
      `cannot create network ${id} (${name}): conflicts with network ${other.id} (${name}): networks have same bridge name`,
    );
  }
  return name;
}

interface ChosenPools {
  pools: IpamPool[];
  warning: string;
}

/** Host and none drivers have no addresses; the others get what is asked and, for a family left out, a free subnet. */
function choosePools(
  request: CreateNetworkRequest,
  driver: string,
  options: Record<string, string>,
  context: NetworkContext,
): ChosenPools {
  if (driver === "null") return { pools: [], warning: "" };
  const hasGateway = (family: Family): boolean =>
    driver !== "bridge" || wantsGateway(options, family, request.Internal ?? false);
  const asked = (request.IPAM?.Config ?? []).filter((pool) => Object.keys(pool).length > 0);
  const wants = wantedFamilies(request, asked, context);
  const routes = hostRoutes(context.host, context.catalogue.interfaceNames());
  const pools: IpamPool[] = [];
  const warnings: string[] = [];
  for (const pool of asked) {
    const family = parsePrefix(pool.Subnet ?? "")?.address.family;
    if (family !== undefined && !wants[family]) continue;
    const used = [...context.catalogue.used(), ...ownPrefixes(pools)];
    const isImplied = family === 6 && request.EnableIPv6 === undefined;
    const chosen = requestedPool(isImplied ? withoutHostBits(pool) : pool, used, hasGateway);
    pools.push(chosen);
    // A macvlan network's subnet is its parent's: there a route of the host is as it should be.
    if (driver === "bridge") warnings.push(...clashWarnings(chosen, routes));
  }
  for (const family of [4, 6] as const) {
    const count = pools.filter(({ Subnet = "" }) => parsePrefix(Subnet)?.address.family === family).length;
    if (count > 1 && driver === "bridge") {
      throw new BerthError("forbidden", "bridge driver doesn't support multiple subnets");
    }
    if (!wants[family] || count > 0) continue;
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
function wantedFamilies(
  { EnableIPv4, EnableIPv6 }: CreateNetworkRequest,
  asked: IpamPool[],
  { config }: NetworkContext,
): Record<4 | 6, boolean> {
  const asks6 = asked.some(({ Subnet = "" }) => parsePrefix(Subnet)?.address.family === 6);
  const byDefault = config.ipv6 && hostHasIpv6() && (asked.length === 0 || asks6);
  const wants = { 4: EnableIPv4 ?? true, 6: EnableIPv6 ?? byDefault };
  if (!wants[4] && !wants[6]) {
    throw new BerthError("invalidParameter", "IPv4 or IPv6 must be enabled");
  }
  return wants;
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

/** Where this engine's subnets come from. */
export function addressSources({ config, store }: Pick<NetworkContext, "config" | "store">): AddressSources {
  return {
    pools: config.defaultAddressPools,
    uniqueLocal: store.setting("unique local prefix", makeUniqueLocalPrefix),
  };
}
