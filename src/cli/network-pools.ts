// IPAM pools of a new network: each subnet with its range, gateway and auxiliary addresses.
import type { IpamPool } from "../api/networks.ts";
import { CommandError } from "./failure.ts";

export interface PoolFlags {
  subnets: readonly string[];
  ranges: readonly string[];
  gateways: readonly string[];
  auxiliary: Readonly<Record<string, string>>;
}

interface Block {
  address: bigint;
  bits: number;
  prefix: number;
}

function readIPv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function readIPv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail = []] = groups;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** An address with optional prefix length; undefined when invalid, which the engine reports. */
function readBlock(text: string): Block | undefined {
  const [address = "", length] = text.split("/");
  const four = readIPv4(address);
  const value = four ?? readIPv6(address);
  const bits = four === undefined ? 128 : 32;
  const prefix = length === undefined ? bits : Number(length);
  if (value === undefined || !Number.isInteger(prefix) || prefix < 0 || prefix > bits) return undefined;
  return { address: value, bits, prefix };
}

/** Whether `outer` contains `inner`. */
function contains(outer: string, inner: string): boolean {
  const [a, b] = [readBlock(outer), readBlock(inner)];
  if (!a || !b || a.bits !== b.bits || b.prefix < a.prefix) return false;
  const shift = BigInt(a.bits - a.prefix);
  return a.address >> shift === b.address >> shift;
}

/** @throws CommandError in Docker's words when a value matches no subnet or one already used */
export function planPools({ subnets, ranges, gateways, auxiliary }: PoolFlags): IpamPool[] {
  if (subnets.length < ranges.length || subnets.length < gateways.length) {
    throw new CommandError("every ip-range or gateway must have a corresponding subnet");
  }
  for (const [index, subnet] of subnets.entries()) {
    const clash = subnets.slice(0, index).some((other) => contains(other, subnet) || contains(subnet, other));
    if (clash) throw new CommandError("multiple overlapping subnet configuration is not supported");
  }
  const pools = subnets.map((Subnet): IpamPool => ({ Subnet, AuxiliaryAddresses: {} }));
  const poolOf = (address: string, what: string): IpamPool => {
    const pool = pools.find(({ Subnet = "" }) => contains(Subnet, address));
    if (!pool) throw new CommandError(`no matching subnet for ${what} ${address}`);
    return pool;
  };
  for (const range of ranges) {
    const pool = poolOf(range, "range");
    if (pool.IPRange) {
      throw new CommandError(
        `cannot configure multiple ranges (${range}, ${pool.IPRange}) on the same subnet (${pool.Subnet})`,
      );
    }
    pool.IPRange = range;
  }
  for (const gateway of gateways) {
    const pool = poolOf(gateway, "gateway");
    if (pool.Gateway) {
      throw new CommandError(
        `cannot configure multiple gateways (${gateway}, ${pool.Gateway}) for the same subnet (${pool.Subnet})`,
      );
    }
    pool.Gateway = gateway;
  }
  for (const [name, address] of Object.entries(auxiliary)) {
    const pool = poolOf(address, "aux-address");
    pool.AuxiliaryAddresses = { ...pool.AuxiliaryAddresses, [name]: address };
  }
  return pools;
}
