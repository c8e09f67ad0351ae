// Allocates the subnets of new networks: validates requested ones, or takes the next free ones of the engine's pools.
import { BerthError } from "../../api/errors.ts";
import { listLinks } from "../../linux/netlink/links.ts";
import { listRoutes } from "../../linux/netlink/routes.ts";
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import {
  addressOfBytes,
  contains,
  type Family,
  firstOf,
  formatAddress,
  formatPrefix,
  type IpPrefix,
  overlaps,
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
  sameAddress,
} from "../../network/ip.ts";
import { chooseSubnet, isSpecificRoute, type SubnetSource, type UsedPrefix } from "../../network/subnets.ts";
import type { IpamPool } from "./records.ts";

const SUBNET_LENGTH_6 = 64;

function source(base: string, size: number): SubnetSource {
  const prefix = parsePrefix(base);
  if (!prefix) throw new Error(`not a prefix: ${base}`);
  return { base: prefix, size };
}

/** Where subnets come from. */
export interface AddressSources {
  /** `default-address-pools` of the configuration, both families. */
  pools: { base: string; size: number }[];
  /** The engine's IPv6 prefix, generated once (RFC 4193). */
  uniqueLocal: string;
}

/** A random /48 of fd00::/8. */
export function makeUniqueLocalPrefix(): string {
  const random = crypto.getRandomValues(new Uint8Array(5));
  return formatPrefix({ address: addressOfBytes(Uint8Array.of(0xfd, ...random, ...new Uint8Array(10))), length: 48 });
}

/** The host's routes that a subnet must not overlap, except those of the interfaces in `except`. */
export function hostRoutes(host: NetlinkSocket, except: ReadonlySet<string> = new Set()): UsedPrefix[] {
  const names = new Map(listLinks(host).map(({ index, name }) => [index, name]));
  return listRoutes(host).flatMap(({ destination, prefixLength, link }) => {
    const by = names.get(link) ?? "";
    const prefix = { address: addressOfBytes(destination), length: prefixLength };
    return destination.length > 0 && isSpecificRoute(prefix) && !except.has(by) ? [{ prefix, by }] : [];
  });
}

/**
 * The next free subnet of the pools, with its first address as gateway if it has one.
 * @throws BerthError internal, with the conflicts, if there is none
 */
export function freePool(
  family: Family,
  sources: AddressSources,
  used: UsedPrefix[],
  hasGateway: (family: Family) => boolean = () => true,
): IpamPool {
  const { subnet, clashes } = chooseSubnet(sourcesOf(family, sources), used);
  if (!subnet) {
    const conflicts = clashes.slice(0, 4).map(({ prefix, by }) => `${formatPrefix(prefix)} (${by})`);
    const more = clashes.length > conflicts.length ? ` and ${clashes.length - conflicts.length} more` : "";
    const explanation = conflicts.length > 0 ? `; in the way: ${conflicts.join(", ")}${more}` : "";
    throw new BerthError("internal", `all predefined address pools have been fully subnetted${explanation}`);
  }
  const gateway = hasGateway(family) ? { gateway: formatAddress(nextAddress(subnet)) } : {};
  return { subnet: formatPrefix(subnet), ...gateway };
}

/** Without pools for IPv6, subnets come from the engine's own prefix. */
function sourcesOf(family: Family, { pools, uniqueLocal }: AddressSources): SubnetSource[] {
  const configured = pools
    .map(({ base, size }) => source(base, size))
    .filter(({ base }) => base.address.family === family);
  return configured.length > 0 || family === 4 ? configured : [source(uniqueLocal, SUBNET_LENGTH_6)];
}

function nextAddress(subnet: IpPrefix) {
  const first = firstOf(subnet);
  return { family: first.family, value: first.value + 1n };
}

/** @throws BerthError invalidParameter with all problems of all requested subnets */
export function refuseInvalidPools(pools: readonly IpamPool[]): void {
  const problems = pools.flatMap(poolProblems);
  if (problems.length > 0) {
    throw new BerthError("invalidParameter", `invalid network config:\n${problems.join("\n")}`);
  }
}

/** Validates and completes a requested subnet. @throws BerthError invalidParameter, or forbidden if it overlaps another */
export function requestedPool(
  pool: IpamPool,
  used: UsedPrefix[],
  hasGateway: (family: Family) => boolean = () => true,
): IpamPool {
  refuseInvalidPools([pool]);
  const subnet = parsePrefix(pool.subnet ?? "");
  if (!subnet) throw new BerthError("internal", `a subnet without problems is none: ${pool.subnet}`);
  if (used.some(({ prefix }) => overlaps(prefix, subnet))) {
    throw new BerthError("forbidden", "invalid pool request: Pool overlaps with other one on this address space");
  }
  const { ipRange = "", gateway = "", auxiliaryAddresses = {} } = pool;
  const range = parsePrefix(ipRange);
  const isWithout = gateway === "" && !hasGateway(subnet.address.family);
  return {
    subnet: formatPrefix(subnet),
    ...(range ? { ipRange: formatPrefix(range) } : {}),
    ...(isWithout ? {} : { gateway: gateway || firstFree(range ?? subnet, subnet, auxiliaryAddresses) }),
    ...(Object.keys(auxiliaryAddresses).length > 0 ? { auxiliaryAddresses } : {}),
  };
}

/** The first address that can be the gateway: neither the network address nor an auxiliary address. */
function firstFree(range: IpPrefix, subnet: IpPrefix, auxiliary: Record<string, string> = {}): string {
  const others = Object.values(auxiliary)
    .map(parseAddress)
    .filter((address) => address !== undefined);
  let candidate = sameAddress(firstOf(range), firstOf(subnet)) ? nextAddress(subnet) : firstOf(range);
  while (others.some((other) => sameAddress(other, candidate))) {
    candidate = { family: candidate.family, value: candidate.value + 1n };
  }
  return formatAddress(candidate);
}

/** All problems of a requested subnet, in Docker's words. */
function poolProblems({ subnet: asked = "", ipRange = "", gateway = "", auxiliaryAddresses = {} }: IpamPool): string[] {
  const given = parseInterfaceAddress(asked);
  if (!given) return [`invalid subnet ${asked}: invalid CIDR block notation`];
  const subnet = { address: firstOf(given), length: given.length };
  const problems: string[] = [];
  if (!sameAddress(subnet.address, given.address)) {
    problems.push(`invalid subnet ${asked}: it should be ${formatPrefix(subnet)}`);
  }
  if (ipRange !== "") problems.push(...rangeProblems(ipRange, subnet));
  const gatewayProblem = gateway === "" ? undefined : addressProblem(gateway, subnet);
  if (gatewayProblem) problems.push(`invalid gateway ${gateway}: ${gatewayProblem}`);
  for (const [name, text] of Object.entries(auxiliaryAddresses)) {
    const problem = addressProblem(text, subnet);
    if (problem) problems.push(`invalid auxiliary address ${name}: ${problem}`);
  }
  return problems;
}

function rangeProblems(text: string, subnet: IpPrefix): string[] {
  const given = parseInterfaceAddress(text);
  if (!given) return [`invalid ip-range ${text}: invalid CIDR block notation`];
  if (given.address.family !== subnet.address.family) {
    return [`invalid ip-range ${text}: parent subnet is an IPv${subnet.address.family} block`];
  }
  const range = { address: firstOf(given), length: given.length };
  const parent = formatPrefix(subnet);
  return [
    range.length < subnet.length ? `CIDR block is bigger than its parent subnet ${parent}` : "",
    sameAddress(range.address, given.address) ? "" : `it should be ${formatPrefix(range)}`,
    overlaps(subnet, range) ? "" : `parent subnet ${parent} doesn't contain ip-range`,
  ].flatMap((problem) => (problem === "" ? [] : [`invalid ip-range ${text}: ${problem}`]));
}

function addressProblem(text: string, subnet: IpPrefix): string | undefined {
  const address = parseAddress(text);
  if (!address) return "invalid address";
  if (address.family !== subnet.address.family) return `parent subnet is an IPv${subnet.address.family} block`;
  return contains(subnet, address) ? undefined : `parent subnet ${formatPrefix(subnet)} doesn't contain this address`;
}

/** The pool for `bip`, the bridge's address ("172.17.0.1/16"). @throws BerthError invalidParameter */
export function poolOfBridgeAddress(text: string): IpamPool {
  const own = parseInterfaceAddress(text);
  if (!own) throw new BerthError("invalidParameter", `invalid bip ${text}: invalid CIDR block notation`);
  return { subnet: formatPrefix({ address: firstOf(own), length: own.length }), gateway: formatAddress(own.address) };
}
