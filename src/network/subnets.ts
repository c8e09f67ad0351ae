// Choosing a subnet nobody uses: neither another network of this engine nor any route of the host.
import { type IpPrefix, nthSubnet, overlaps } from "./ip.ts";

/** A stretch of addresses that subnets of `size` bits are cut from. */
export interface SubnetSource {
  base: IpPrefix;
  size: number;
}

/** A prefix that is in use and by what, for the message: "10.0.0.0/8", "tun0". */
export interface UsedPrefix {
  prefix: IpPrefix;
  by: string;
}

/** Shorter routes than this are ways out to the world (a VPN's 0.0.0.0/1), not neighbours to avoid. */
const SHORTEST_ROUTE_TO_AVOID = 7;

export function isNeighbour(prefix: IpPrefix): boolean {
  return prefix.length >= SHORTEST_ROUTE_TO_AVOID;
}

export interface SubnetChoice {
  subnet: IpPrefix | undefined;
  /** What stood in the way, each once, in the order met. */
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

/** How many subnets of `size` bits a clashing prefix covers, so that a wide one is passed in one step. */
function stepsPast(clash: IpPrefix, size: number): bigint {
  return clash.length >= size ? 1n : 1n << BigInt(size - clash.length);
}
