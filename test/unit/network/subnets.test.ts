import { describe, expect, test } from "bun:test";
import { formatPrefix, parsePrefix } from "../../../src/network/ip.ts";
import { chooseSubnet, isSpecificRoute } from "../../../src/network/subnets.ts";

const prefix = (text: string) => {
  const parsed = parsePrefix(text);
  if (!parsed) throw new Error(text);
  return parsed;
};
const used = (...texts: string[]) => texts.map((text) => ({ prefix: prefix(text), by: `user of ${text}` }));
const sources = [
  { base: prefix("172.17.0.0/16"), size: 16 },
  { base: prefix("172.18.0.0/15"), size: 24 },
];

describe("choosing a subnet", () => {
  test.each([
    ["172.17.0.0/16", []],
    ["172.18.0.0/24", ["172.17.0.0/16"]],
    ["172.18.2.0/24", ["172.17.3.0/24", "172.18.0.0/24", "172.18.1.128/25"]],
    ["172.19.0.0/24", ["172.17.0.0/16", "172.18.0.0/16"]],
  ])("gives %s when %p is used", (expected, taken) => {
    const { subnet } = chooseSubnet(sources, used(...taken));
    expect(subnet && formatPrefix(subnet)).toBe(expected);
  });

  test("reports each conflict once when no subnet is free", () => {
    const { subnet, clashes } = chooseSubnet(sources, used("10.0.0.0/8", "172.16.0.0/12"));
    expect(subnet).toBeUndefined();
    expect(clashes.map(({ by }) => by)).toEqual(["user of 172.16.0.0/12"]);
  });

  test("ignores default routes and /1 routes", () => {
    expect(
      ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "fc00::/7"].map((text) => isSpecificRoute(prefix(text))),
    ).toEqual([false, false, false, true, true]);
  });
});
