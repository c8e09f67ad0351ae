// IP addresses and prefixes of both families as numbers, so that they can be compared and counted.

export type Family = 4 | 6;

export interface IpAddress {
  family: Family;
  value: bigint;
}

/** An address and the length of its network prefix in bits. */
export interface IpPrefix {
  address: IpAddress;
  length: number;
}

export const bitsOf = (family: Family): number => (family === 4 ? 32 : 128);

const DECIMAL_BYTE = /^(0|[1-9]\d{0,2})$/;
const HEX_GROUP = /^[0-9a-f]{1,4}$/i;

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!DECIMAL_BYTE.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** The 16-bit groups on one side of "::"; the last may be a dotted IPv4 address. */
function parseGroups(text: string): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [position, part] of parts.entries()) {
    if (part.includes(".") && position === parts.length - 1) {
      const embedded = parseIpv4(part);
      if (embedded === undefined) return undefined;
      groups.push(embedded >> 16n, embedded & 0xffffn);
    } else if (HEX_GROUP.test(part)) {
      groups.push(BigInt(`0x${part}`));
    } else {
      return undefined;
    }
  }
  return groups;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: tail ? missing : 0 }, () => 0n), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Parses "172.17.0.2" or "fd00::2"; an IPv4-mapped IPv6 address becomes IPv4. */
export function parseAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { family: 4, value };
  }
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
}

/** Parses "172.17.0.1/16" and keeps the host bits. */
export function parseInterfaceAddress(text: string): IpPrefix | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (!address || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bitsOf(address.family)) return undefined;
  return { address, length: Number(length) };
}

/** Parses "172.17.0.0/16" and clears the host bits. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const prefix = parseInterfaceAddress(text);
  return prefix && { address: firstOf(prefix), length: prefix.length };
}

export function formatAddress({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

export const formatPrefix = ({ address, length }: IpPrefix): string => `${formatAddress(address)}/${length}`;

/** "172.17.0.2:80" or "[fd00::2]:80". */
export function formatEndpoint(address: IpAddress, port: number): string {
  return address.family === 4 ? `${formatAddress(address)}:${port}` : `[${formatAddress(address)}]:${port}`;
}

/** The address in network order: 4 or 16 bytes. */
export function bytesOf({ family, value }: IpAddress): Uint8Array {
  const bytes = new Uint8Array(bitsOf(family) / 8);
  for (let index = bytes.length - 1, rest = value; index >= 0; index--, rest >>= 8n)
    bytes[index] = Number(rest & 0xffn);
  return bytes;
}

export function addressOfBytes(bytes: Uint8Array): IpAddress {
  return {
    family: bytes.length === 4 ? 4 : 6,
    value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n),
  };
}

const hostBits = ({ address, length }: IpPrefix): bigint => BigInt(bitsOf(address.family) - length);

export function sizeOf(prefix: IpPrefix): bigint {
  return 1n << hostBits(prefix);
}

export function firstOf(prefix: IpPrefix): IpAddress {
  const bits = hostBits(prefix);
  return { family: prefix.address.family, value: (prefix.address.value >> bits) << bits };
}

export function lastOf(prefix: IpPrefix): IpAddress {
  return { family: prefix.address.family, value: firstOf(prefix).value + sizeOf(prefix) - 1n };
}

export function contains(prefix: IpPrefix, address: IpAddress): boolean {
  const bits = hostBits(prefix);
  return prefix.address.family === address.family && prefix.address.value >> bits === address.value >> bits;
}

export function overlaps(one: IpPrefix, other: IpPrefix): boolean {
  return one.length <= other.length ? contains(one, other.address) : contains(other, one.address);
}

/** Whether the address is 0.0.0.0 or ::, which stand for every address of their family. */
export const isUnspecified = ({ value }: IpAddress): boolean => value === 0n;

export function sameAddress(one: IpAddress, other: IpAddress): boolean {
  return one.family === other.family && one.value === other.value;
}

/** The `index`th prefix of `length` bits in `base`. */
export function nthSubnet(base: IpPrefix, length: number, index: bigint): IpPrefix {
  const { family } = base.address;
  const value = firstOf(base).value + (index << BigInt(bitsOf(family) - length));
  return { address: { family, value }, length };
}
