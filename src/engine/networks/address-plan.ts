// Which subnets a new network gets: the ones asked for, checked, or the next free ones of the engine's pools.
import { BerthError } from "../../api/errors.ts";
import type { IpamPool } from "../../api/networks.ts";
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
import { chooseSubnet, isNeighbour, type SubnetSource, type UsedPrefix } from "../../network/subnets.ts";

/** The first is the default bridge's; networks made later get small ones, so that there are many. */
const defaultSources4: SubnetSource[] = [
  source("172.17.0.0/16", 16),
  ...Array.from({ length: 14 }, (_, index) => source(`172.${18 + index}.0.0/16`, 24)),
  source("192.168.0.0/16", 24),
];

const SUBNET_LENGTH_6 = 64;

function source(base: string, size: number): SubnetSource {
  const prefix = parsePrefix(base);
  if (!prefix) throw new Error(`not a prefix: ${base}`);
  return { base: prefix, size };
}

/** Where subnets come from. */
export interface AddressSources {
  /** `default-address-pools` of the configuration; Berth's own when empty. */
  pools: { base: string; size: number }[];
  /** The engine's own IPv6 prefix, made once at random as RFC 4193 wants it. */
  uniqueLocal: string;
}

/** A random /48 of fd00::/8. */
export function makeUniqueLocalPrefix(): string {
  const random = crypto.getRandomValues(new Uint8Array(5));
  return formatPrefix({ address: addressOfBytes(Uint8Array.of(0xfd, ...random, ...new Uint8Array(10))), length: 48 });
}

/** The host's routes that a subnet must stay clear of, but for those of interfaces in `except`. */
export function hostRoutes(host: NetlinkSocket, except: ReadonlySet<string> = new Set()): UsedPrefix[] {
  const names = new Map(listLinks(host).map(({ index, name }) => [index, name]));
  return listRoutes(host).flatMap(({ destination, prefixLength, link }) => {
    const by = names.get(link) ?? "";
    const prefix = { address: addressOfBytes(destination), length: prefixLength };
    return destination.length > 0 && isNeighbour(prefix) && !except.has(by) ? [{ prefix, by }] : [];
  });
}

/**
 * The next free subnet of the pools, with its first address as gateway.
 * @throws BerthError when there is none, saying what is in the way.
 */
export function freePool(family: Family, sources: AddressSources, used: UsedPrefix[]): IpamPool {
  const { subnet, clashes } = chooseSubnet(sourcesOf(family, sources), used);
  if (!subnet) {
    const inTheWay = clashes.slice(0, 4).map(({ prefix, by }) => `${formatPrefix(prefix)} (${by})`);
    const more = clashes.length > inTheWay.length ? ` and ${clashes.length - inTheWay.length} more` : "";
    const explanation = inTheWay.length > 0 ? `; in the way: ${inTheWay.join(", ")}${more}` : "";
    throw new BerthError("internal", `all predefined address pools have been fully subnetted${explanation}`);
  }
  return { Subnet: formatPrefix(subnet), Gateway: formatAddress(nextAddress(subnet)) };
}

function sourcesOf(family: Family, { pools, uniqueLocal }: AddressSources): SubnetSource[] {
  const configured = pools
    .map(({ base, size }) => source(base, size))
    .filter(({ base }) => base.address.family === family);
  if (configured.length > 0) return configured;
  return family === 4 ? defaultSources4 : [source(uniqueLocal, SUBNET_LENGTH_6)];
}

function nextAddress(subnet: IpPrefix) {
  const first = firstOf(subnet);
  return { family: first.family, value: first.value + 1n };
}

/** Completes what a user asked of one subnet. `taken` are addresses of the auxiliary kind. @throws BerthError */
export function requestedPool(pool: IpamPool, used: UsedPrefix[]): IpamPool {
  const { Subnet = "", IPRange = "", Gateway = "", AuxiliaryAddresses } = pool;
  const subnet = readSubnet(Subnet);
  if (used.some(({ prefix }) => overlaps(prefix, subnet))) {
    throw new BerthError("forbidden", "invalid pool request: Pool overlaps with other one on this address space");
  }
  const range = IPRange === "" ? undefined : readRange(IPRange, subnet);
  for (const address of [Gateway, ...Object.values(AuxiliaryAddresses ?? {})]) {
    if (address !== "") checkInside(address, subnet);
  }
  return {
    Subnet: formatPrefix(subnet),
    ...(range ? { IPRange: formatPrefix(range) } : {}),
    Gateway: Gateway === "" ? firstFree(range ?? subnet, subnet, AuxiliaryAddresses) : Gateway,
    ...(AuxiliaryAddresses ? { AuxiliaryAddresses } : {}),
  };
}

/** The first address that can be a gateway, past the network's own and the auxiliary ones. */
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

function readSubnet(text: string): IpPrefix {
  const given = parseInterfaceAddress(text);
  if (!given) throw invalid(`invalid subnet ${text}: invalid CIDR block notation`);
  const first = firstOf(given);
  if (!sameAddress(first, given.address)) {
    throw invalid(`invalid subnet ${text}: it should be ${formatPrefix({ address: first, length: given.length })}`);
  }
  return given;
}

function readRange(text: string, subnet: IpPrefix): IpPrefix {
  const range = parsePrefix(text);
  if (!range) throw invalid(`invalid ip-range ${text}: invalid CIDR block notation`);
  if (range.length < subnet.length || !contains(subnet, range.address)) {
    throw invalid(`invalid ip-range ${text}: it should be within subnet ${formatPrefix(subnet)}`);
  }
  return range;
}

function checkInside(text: string, subnet: IpPrefix): void {
  const address = parseAddress(text);
  if (!address) throw invalid(`invalid gateway ${text}: invalid address`);
  if (!contains(subnet, address)) throw invalid(`invalid address ${text}: parent subnet is ${formatPrefix(subnet)}`);
}

function invalid(problem: string): BerthError {
  return new BerthError("invalidParameter", `invalid network config:\n${problem}`);
}

/** The pool that `bip` ("172.17.0.1/16", the bridge's own address) asks for. @throws BerthError invalidParameter */
export function poolOfBridgeAddress(text: string): IpamPool {
  const own = parseInterfaceAddress(text);
  if (!own) throw new BerthError("invalidParameter", `invalid bip ${text}: invalid CIDR block notation`);
  return { Subnet: formatPrefix({ address: firstOf(own), length: own.length }), Gateway: formatAddress(own.address) };
}
