// Subnets of new networks: requested ones, validated with Docker's messages, and free ones.
import { describe, expect, test } from "bun:test";
import {
  freePool,
  makeUniqueLocalPrefix,
  poolOfBridgeAddress,
  requestedPool,
} from "../../../../src/engine/networks/address-plan.ts";
import { parsePrefix } from "../../../../src/network/ip.ts";
import type { UsedPrefix } from "../../../../src/network/subnets.ts";

function used(text: string, by: string): UsedPrefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new Error(text);
  return { prefix, by };
}

describe("a requested subnet", () => {
  test.each([
    [{ subnet: "10.0.0.0/24" }, { gateway: "10.0.0.1" }],
    [{ subnet: "10.0.0.0/24", gateway: "10.0.0.9" }, { gateway: "10.0.0.9" }],
    [{ subnet: "10.0.0.0/16", ipRange: "10.0.5.0/24" }, { gateway: "10.0.5.0" }],
    [{ subnet: "10.0.0.0/16", ipRange: "10.0.0.0/24" }, { gateway: "10.0.0.1" }],
    [{ subnet: "10.0.0.0/24", auxiliaryAddresses: { a: "10.0.0.1", b: "10.0.0.2" } }, { gateway: "10.0.0.3" }],
    [{ subnet: "FD00::/64" }, { subnet: "fd00::/64", gateway: "fd00::1" }],
  ])("%j is completed by %j", (asked, completed) => {
    expect(requestedPool(asked, [])).toEqual({ ...asked, ...completed });
  });

  test("has no gateway in drivers without one, unless requested", () => {
    expect(requestedPool({ subnet: "10.0.0.0/24" }, [], () => false)).toEqual({ subnet: "10.0.0.0/24" });
    const named = { subnet: "10.0.0.0/24", gateway: "10.0.0.7" };
    expect(requestedPool(named, [], () => false)).toEqual(named);
  });

  test.each([
    [{}, "invalid subnet : invalid CIDR block notation"],
    [{ subnet: "10.0.0.0/33" }, "invalid subnet 10.0.0.0/33: invalid CIDR block notation"],
    [{ subnet: "10.0.0.1/24" }, "invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24"],
    [{ subnet: "10.0.0.0/24", ipRange: "x" }, "invalid ip-range x: invalid CIDR block notation"],
    [{ subnet: "10.0.0.0/24", ipRange: "fd00::/64" }, "invalid ip-range fd00::/64: parent subnet is an IPv4 block"],
    [{ subnet: "10.0.0.0/24", ipRange: "10.0.0.1/25" }, "invalid ip-range 10.0.0.1/25: it should be 10.0.0.0/25"],
    [{ subnet: "10.0.0.0/24", gateway: "x" }, "invalid gateway x: invalid address"],
    [
      { subnet: "10.0.0.0/24", gateway: "10.0.1.1" },
      "invalid gateway 10.0.1.1: parent subnet 10.0.0.0/24 doesn't contain this address",
    ],
    [
      { subnet: "fd00::/64", auxiliaryAddresses: { a: "10.0.0.1" } },
      "invalid auxiliary address a: parent subnet is an IPv6 block",
    ],
  ])("%j is refused", (asked, problem) => {
    expect(() => requestedPool(asked, [])).toThrow(`invalid network config:\n${problem}`);
  });

  test("reports all problems at once", () => {
    const asked = { subnet: "10.0.0.1/24", ipRange: "x", gateway: "y" };
    expect(() => requestedPool(asked, [])).toThrow(
      "invalid network config:\ninvalid subnet 10.0.0.1/24: it should be 10.0.0.0/24\ninvalid ip-range x: invalid CIDR block notation\ninvalid gateway y: invalid address",
    );
  });

  test.each(["10.0.0.0/8", "10.0.0.0/24", "10.0.0.128/25"])("is rejected when %s is in use", (other) => {
    expect(() => requestedPool({ subnet: "10.0.0.0/24" }, [used(other, "other")])).toThrow(
      "invalid pool request: Pool overlaps with other one on this address space",
    );
  });
});

describe("a free subnet", () => {
  const sources = { pools: [{ base: "10.0.0.0/22", size: 24 }], uniqueLocal: "fd12:3456:789a::/48" };

  test("is the next unused one of the pools", () => {
    expect(freePool(4, sources, [])).toEqual({ subnet: "10.0.0.0/24", gateway: "10.0.0.1" });
    const taken = [used("10.0.0.0/24", "one"), used("10.0.1.128/25", "eth0")];
    expect(freePool(4, sources, taken)).toEqual({ subnet: "10.0.2.0/24", gateway: "10.0.2.1" });
  });

  test("of IPv6 is in the engine's own prefix, unless pools are configured", () => {
    expect(freePool(6, sources, [])).toEqual({ subnet: "fd12:3456:789a::/64", gateway: "fd12:3456:789a::1" });
    const pools = [...sources.pools, { base: "fd99::/56", size: 64 }];
    expect(freePool(6, { ...sources, pools }, [])).toEqual({ subnet: "fd99::/64", gateway: "fd99::1" });
  });

  test("has no gateway in drivers without one", () => {
    expect(freePool(4, sources, [], () => false)).toEqual({ subnet: "10.0.0.0/24" });
  });

  test("reports conflicts when none is free", () => {
    expect(() => freePool(4, sources, [used("10.0.0.0/8", "tun0")])).toThrow(
      "all predefined address pools have been fully subnetted; in the way: 10.0.0.0/8 (tun0)",
    );
    const many = Array.from({ length: 4 }, (_, index) => used(`10.0.${index}.0/24`, `n${index}`));
    expect(() => freePool(4, { ...sources, pools: [{ base: "10.0.0.0/22", size: 24 }] }, many)).toThrow("(n3)");
    expect(() => freePool(4, { ...sources, pools: [] }, [])).toThrow(/fully subnetted$/);
  });
});

test("the engine's own prefix is random, in fd00::/8 and 48 bits long", () => {
  const [one, other] = [makeUniqueLocalPrefix(), makeUniqueLocalPrefix()];
  expect(one).toMatch(/^fd[0-9a-f:]+\/48$/);
  expect(one).not.toBe(other);
});

test("bip is a subnet with the bridge's own address", () => {
  expect(poolOfBridgeAddress("172.17.5.1/16")).toEqual({ subnet: "172.17.0.0/16", gateway: "172.17.5.1" });
  expect(() => poolOfBridgeAddress("172.17.0.1")).toThrow("invalid bip 172.17.0.1: invalid CIDR block notation");
});
