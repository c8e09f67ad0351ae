import { describe, expect, test } from "bun:test";
import { AddressPool, type Refusal } from "../../../src/network/address-pool.ts";
import { formatAddress, type IpAddress, parseAddress, parsePrefix } from "../../../src/network/ip.ts";

function pool(subnet: string, range?: string): AddressPool {
  const parsed = parsePrefix(subnet);
  if (!parsed) throw new Error(subnet);
  return new AddressPool(parsed, range === undefined ? undefined : parsePrefix(range));
}

const text = (found: IpAddress | Refusal): string => (typeof found === "string" ? found : formatAddress(found));

function address(of: string): IpAddress {
  const parsed = parseAddress(of);
  if (!parsed) throw new Error(of);
  return parsed;
}

describe("addresses of a subnet", () => {
  test("are allocated lowest first, without the network and broadcast addresses", () => {
    const small = pool("10.0.0.0/29");
    const given = Array.from({ length: 7 }, () => text(small.allocate()));
    expect(given).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "exhausted"]);
  });

  test("a /31 has two, a /32 one, and IPv6 has no broadcast address", () => {
    const pair = pool("10.0.0.0/31");
    expect([text(pair.allocate()), text(pair.allocate()), text(pair.allocate())]).toEqual([
      "10.0.0.0",
      "10.0.0.1",
      "exhausted",
    ]);
    expect(text(pool("10.0.0.7/32").allocate())).toBe("10.0.0.7");
    const six = pool("fd00::/126");
    expect(Array.from({ length: 4 }, () => text(six.allocate()))).toEqual([
      "fd00::1",
      "fd00::2",
      "fd00::3",
      "exhausted",
    ]);
  });

  test("is allocated again only after its release", () => {
    const small = pool("10.0.0.0/29");
    small.reserve(address("10.0.0.1"));
    expect(text(small.allocate())).toBe("10.0.0.2");
    expect(text(small.allocate())).toBe("10.0.0.3");
    small.release(address("10.0.0.2"));
    expect(text(small.allocate())).toBe("10.0.0.2");
    expect(text(small.allocate())).toBe("10.0.0.4");
  });

  test("automatic ones come from the range, others from anywhere in the subnet", () => {
    const ranged = pool("10.0.0.0/24", "10.0.0.64/30");
    expect(text(ranged.reserve(address("10.0.0.9")))).toBe("10.0.0.9");
    expect(Array.from({ length: 5 }, () => text(ranged.allocate()))).toEqual([
      "10.0.0.64",
      "10.0.0.65",
      "10.0.0.66",
      "10.0.0.67",
      "exhausted",
    ]);
    ranged.release(address("10.0.0.9"));
    expect(text(ranged.allocate())).toBe("exhausted");
  });

  test("rejects a requested address with the reason", () => {
    const small = pool("10.0.0.0/24");
    small.reserve(address("10.0.0.5"));
    expect(text(small.reserve(address("10.0.0.5")))).toBe("taken");
    expect(text(small.reserve(address("10.0.1.5")))).toBe("outside");
    expect(text(small.reserve(address("10.0.0.0")))).toBe("outside");
    expect(text(small.reserve(address("10.0.0.255")))).toBe("outside");
  });
});
