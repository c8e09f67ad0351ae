// Chooses a subnet that overlaps neither another network of this engine nor a route of the host.
import { type IpPrefix, nthSubnet, overlaps } from "./ip.ts";

/** A pool of addresses that is divided into subnets of `size` bits. */
export interface SubnetSource {
  base: IpPrefix;
  size: number;
}

/** A prefix in use, and by whom: "10.0.0.0/8", "tun0". */
export interface UsedPrefix {
  prefix: IpPrefix;
  by: string;
}

/** Routes with shorter prefixes are default routes in disguise (a VPN's 0.0.0.0/1) and need not be avoided. */
const MIN_ROUTE_LENGTH = 7;

export function isSpecificRoute(prefix: IpPrefix): boolean {
  return prefix.length >= MIN_ROUTE_LENGTH;
}

export interface SubnetChoice {
  subnet: IpPrefix | undefined;
  /** The conflicting prefixes, each once. */
  clashes: UsedPrefix[];
}

/** The first free subnet of the sources. */
export function chooseSubnet(sources: SubnetSource[], used: UsedPrefix[]): SubnetChoice {
  const clashes = new Set<UsedPrefix>();
  for (const { base, size } of sources) {
    const count = 1n << BigInt(size - base.length);
    for (let index = 0n; index < count; ) {
      const subnet = nthSubnet(base, size, index);
      const clash = used.find(({ prefix }) => overlaps(prefix, subnet));
      if (!clash) return { subnet, clashes: [...clashes] };
      clashes.add(clash);
      index += stepsPast(clash.prefix, size);
    }
  }
  return { subnet: undefined, clashes: [...clashes] };
}

/** How many subnets of `size` bits a clashing prefix covers, to skip it in one step. */
function stepsPast(clash: IpPrefix, size: number): bigint {
  return clash.length >= size ? 1n : 1n << BigInt(size - clash.length);
}
