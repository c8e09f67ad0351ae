import { describe, expect, test } from "bun:test";
import { isIP } from "node:net";
import {
  addressOfBytes,
  bytesOf,
  contains,
  formatAddress,
  formatEndpoint,
  formatPrefix,
  lastOf,
  nthSubnet,
  overlaps,
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
} from "../../../src/network/ip.ts";

const prefix = (text: string) => {
  const parsed = parsePrefix(text);
  if (!parsed) throw new Error(`not a prefix: ${text}`);
  return parsed;
};

describe("addresses", () => {
  test.each([
    ["0.0.0.0", "0.0.0.0"],
    ["172.17.0.2", "172.17.0.2"],
    ["255.255.255.255", "255.255.255.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["FD00:0:0:0:0:0:0:2", "fd00::2"],
    ["fe80::1:0:0:1", "fe80::1:0:0:1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
  ])("%s is shown as %s", (text, shown) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(shown);
    expect(address && addressOfBytes(bytesOf(address))).toEqual(address);
  });

  test.each(["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "g::1", "1::2::3", "1:2:3:4:5:6:7", "12345::", ":1"])(
    "rejects %p",
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );

  test("accepts the same addresses as node:net", () => {
    const seeds = ["10.20.30.40", "255.255.255.255", "::", "::1", "fd00:1:2::3:4", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"];
    const characters = "0123456789abcdefg.:";
    let state = 1;
    const below = (limit: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % limit;
    };
    for (let round = 0; round < 5000; round++) {
      let text = seeds[below(seeds.length)] ?? "";
      for (let change = below(3); change >= 0; change--) {
        const at = below(text.length + 1);
        text = text.slice(0, at) + (characters[below(characters.length)] ?? "") + text.slice(at + below(2));
      }
      expect([text, parseAddress(text) !== undefined]).toEqual([text, isIP(text) !== 0]);
    }
  });

  test("an endpoint has IPv6 addresses in brackets", () => {
    expect(formatEndpoint({ family: 4, value: 0n }, 80)).toBe("0.0.0.0:80");
    expect(formatEndpoint({ family: 6, value: 0n }, 80)).toBe("[::]:80");
  });
});

describe("prefixes", () => {
  test("bits after the prefix are cleared, or kept for an interface's address", () => {
    expect(formatPrefix(prefix("172.17.5.1/16"))).toBe("172.17.0.0/16");
    const kept = parseInterfaceAddress("172.17.5.1/16");
    expect(kept && formatPrefix(kept)).toBe("172.17.5.1/16");
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "fd00::/129", "/24"])("rejects %p", (text) =>
    expect(parsePrefix(text)).toBeUndefined(),
  );

  test.each([
    ["10.0.0.0/8", "10.255.0.0/16", true],
    ["10.255.0.0/16", "10.0.0.0/8", true],
    ["10.0.0.0/24", "10.0.1.0/24", false],
    ["0.0.0.0/0", "fd00::/8", false],
    ["fd00::/8", "fd12::/64", true],
  ])("%s and %s overlap: %p", (one, other, expected) => expect(overlaps(prefix(one), prefix(other))).toBe(expected));

  test("first, last and nth", () => {
    expect(formatAddress(lastOf(prefix("172.17.0.0/16")))).toBe("172.17.255.255");
    expect(formatPrefix(nthSubnet(prefix("172.18.0.0/16"), 24, 3n))).toBe("172.18.3.0/24");
    expect(formatPrefix(nthSubnet(prefix("fd00:1:2::/48"), 64, 255n))).toBe("fd00:1:2:ff::/64");
  });

  test("a prefix contains addresses of its family with the same leading bits", () => {
    expect(contains(prefix("0.0.0.0/0"), { family: 6, value: 1n })).toBe(false);
    expect(contains(prefix("10.0.0.0/31"), { family: 4, value: 0x0a000001n })).toBe(true);
  });
});
