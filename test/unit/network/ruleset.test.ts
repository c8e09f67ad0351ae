import { describe, expect, test } from "bun:test";
import type { PortRange } from "../../../src/api/port-ranges.ts";
import { type BridgeTraits, bridgeEntries, portEntries } from "../../../src/network/firewall/entries.ts";
import { ownRuleCount, rulesetText, tableName } from "../../../src/network/firewall/ruleset.ts";
import { parseAddress } from "../../../src/network/ip.ts";

const address = (text: string) => {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(text);
  return parsed;
};
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

describe("the table", () => {
  test("is accepted by nft, also repeatedly", async () => {
    const text = rulesetText("berth_unit", ["tcp dport 1 drop"]);
    for (const rules of [text, `${text}${text}`]) {
      const nft = Bun.spawn(["nft", "--check", "-f", "-"], { stdin: Buffer.from(rules), stderr: "pipe" });
      expect(await nft.stderr.text()).toBe("");
      expect(await nft.exited).toBe(0);
    }
  });

  test("has its own name for each default bridge", () => {
    expect(tableName("berth0")).toBe("berth");
    expect(["my_br", "my-br", "my.br", "my+br", "my.2bbr", "é"].map(tableName)).toEqual([
      "berth_my_br",
      "berth_my-br",
      "berth_my.2ebr",
      "berth_my.2bbr",
      "berth_my.2e2bbr",
      "berth_.c3.a9",
    ]);
  });

  test("counts its rules", () => {
    const rules = rulesetText("t")
      .split("\n")
      .filter((line) => line.startsWith("    "));
    expect(rules.length).toBe(ownRuleCount);
  });
});

describe("elements", () => {
  test("a published port has protocol and port, then the container's address and port, in fields of four bytes", () => {
    const range: PortRange = {
      protocol: "tcp",
      containerPort: 80,
      hostAddresses: ["0.0.0.0"],
      hostPort: 8080,
      count: 1,
    };
    const [published, own] = portEntries([range], [address("10.99.0.2")]);
    expect(published?.set).toBe("published4");
    expect(hex(published?.element.key)).toBe("060000001f900000");
    expect(hex(published?.element.data)).toBe("0a63000200500000");
    expect(own?.set).toBe("own4");
    expect(hex(own?.element.key)).toBe("0a6300020a630002");
  });

  test("a port on an address of the host starts with that address", () => {
    const range: PortRange = { protocol: "udp", containerPort: 53, hostAddresses: ["fd00::1"], hostPort: 53, count: 1 };
    const [published] = portEntries([range], [address("10.99.0.2"), address("fd00::2")]);
    expect(published?.set).toBe("published6at");
    expect(hex(published?.element.key)).toBe(`fd00${"0".repeat(26)}01110000000035${"0".repeat(4)}`);
  });

  test("consecutive ports form one range if the container's ports are consecutive too", () => {
    const asked: PortRange = {
      protocol: "tcp",
      containerPort: 20_000,
      hostAddresses: ["0.0.0.0"],
      hostPort: 20_000,
      count: 10_000,
    };
    const [range, ...others] = portEntries([asked], [address("10.99.0.2")]);
    expect(range?.set).toBe("ranges4");
    expect(hex(range?.element.key)).toBe("060000004e200000");
    expect(hex(range?.element.keyEnd)).toBe("06000000752f0000");
    expect(hex(range?.element.data)).toBe("0a630002");
    expect(others.map(({ set }) => set)).toEqual(["own4"]);
    const shifted = portEntries([{ ...asked, containerPort: 80, count: 3 }], [address("10.99.0.2")]);
    expect(shifted.map(({ set }) => set)).toEqual(["published4", "published4", "published4", "own4"]);
  });

  test("ports at the container's own address are a range from first to last", () => {
    const range: PortRange = {
      protocol: "udp",
      containerPort: 5000,
      hostAddresses: ["0.0.0.0"],
      hostPort: 0,
      count: 3,
    };
    const [opened] = portEntries([range], [address("10.99.0.2")]);
    expect(opened?.set).toBe("direct4");
    expect(hex(opened?.element.key)).toBe("0a6300021100000013880000");
    expect(hex(opened?.element.keyEnd)).toBe("0a63000211000000138a0000");
  });

  test("an address of the host in a family that the container lacks has no elements", () => {
    const range: PortRange = {
      protocol: "tcp",
      containerPort: 80,
      hostAddresses: ["::", "0.0.0.0"],
      hostPort: 80,
      count: 1,
    };
    const entries = portEntries([range], [address("10.99.0.2")]);
    expect(entries.map(({ set }) => set)).toEqual(["published4", "own4"]);
  });

  test("a bridge is in the sets of its options", () => {
    const traits: BridgeTraits = {
      name: "b0",
      internal: false,
      apart: false,
      masquerade4: false,
      masquerade6: false,
      open4: false,
      open6: false,
      routed4: false,
      routed6: false,
    };
    const sets = (some: Partial<BridgeTraits>) => bridgeEntries({ ...traits, ...some }).map(({ set }) => set);
    expect(sets({ masquerade4: true })).toEqual(["bridges", "same", "masquerading4"]);
    expect(sets({ internal: true, apart: true })).toEqual(["bridges", "same", "apart", "internal"]);
    expect(sets({ open4: true, routed6: true })).toEqual(["bridges", "same", "open4", "routed6"]);
  });
});
