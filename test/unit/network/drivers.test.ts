// Network drivers: nothing outside their folder decides by a driver's name.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { networkDrivers } from "../../../src/network/drivers/registry.ts";

const sources = join(import.meta.dir, "..", "..", "..", "src");

/** The folder of the drivers, and the messages of the kernel that create such interfaces. */
const driverFiles = /^(network\/drivers\/|linux\/netlink\/links\.ts|storage\/migrations\/)/;

test("no other file names a driver, or compares one's name", async () => {
  const found: string[] = [];
  for (const path of new Bun.Glob("**/*.ts").scanSync({ cwd: sources })) {
    if (driverFiles.test(path)) continue;
    const lines = (await Bun.file(join(sources, path)).text()).split("\n");
    const names = [...networkDrivers.keys()].filter((name) => name !== "bridge").join("|");
    // "bridge" is also the name of a network; as a driver it would be compared.
    const pattern = new RegExp(`["'](${names})["']|driver(Name)? [!=]== "(bridge|${names})"`);
    for (const [index, line] of lines.entries())
      if (pattern.test(line)) found.push(`${path}:${index + 1}: ${line.trim()}`);
  }
  expect(found).toEqual([]);
});

const design = { id: "0123456789abcdef".repeat(4), internal: false, options: { parent: "eth0", mode: "" } };

const traits = [
  ["bridge", { kind: "own", interface: "br-0123456789ab", mac: true, publishes: true, most: 1 }],
  ["macvlan", { kind: "parent", interface: "eth0", mac: true, publishes: false, most: Number.POSITIVE_INFINITY }],
  ["ipvlan", { kind: "parent", interface: "eth0", mac: false, publishes: false, most: Number.POSITIVE_INFINITY }],
] as const;

test.each(traits)("the traits of %s", (name, expected) => {
  const driver = networkDrivers.get(name);
  expect({
    kind: driver?.hostInterfaceKind,
    interface: driver?.hostInterface(design),
    mac: driver?.hasOwnMac,
    publishes: driver?.publishing !== undefined,
    most: driver?.subnets.maxPerFamily,
  }).toEqual(expected);
});

test.each([
  ["bridge", {}, false, false],
  ["bridge", {}, true, true],
  ["macvlan", {}, false, true],
  ["macvlan", { parent: "eth0" }, false, false],
  ["ipvlan", { parent: "eth0" }, true, true],
])("%s with %p, internal %p: internal is %p", (name, options, asked, internal) => {
  expect(networkDrivers.get(name)?.isInternal(options, asked)).toBe(internal);
});

test.each([
  ["macvlan", { parent: "eth0" }, "eth0"],
  ["macvlan", { parent: "eth0.50" }, "eth0.50"],
  ["macvlan", {}, "dm-0123456789ab"],
  ["ipvlan", {}, "dm-0123456789ab"],
  ["bridge", { "com.docker.network.bridge.name": "mine" }, "mine"],
])("%s with %p is on the interface %s", (name, options, expected) => {
  expect(networkDrivers.get(name)?.hostInterface({ ...design, options })).toBe(expected);
});

test.each([
  [
    "bridge",
    { "com.docker.network.bridge.name": "longer-than-an-interface" },
    "invalid interface name: longer-than-an-interface",
  ],
  [
    "bridge",
    { "com.docker.network.bridge.host_binding_ipv4": "x" },
    "invalid value for com.docker.network.bridge.host_binding_ipv4: x",
  ],
  [
    "macvlan",
    { macvlan_mode: "odd" },
    "requested macvlan mode 'odd' is not valid, 'bridge' mode is the macvlan driver default",
  ],
  ["ipvlan", { ipvlan_mode: "l4" }, "requested ipvlan mode 'l4' is not valid, 'l2' mode is the ipvlan driver default"],
  ["ipvlan", { ipvlan_flag: "odd" }, "requested ipvlan flag 'odd' is not valid"],
  ["ipvlan", { ipvlan_mode: "l3s", ipvlan_flag: "vepa" }, undefined],
])("%s with %p: %p", (name, options, problem) => {
  expect(networkDrivers.get(name)?.check(options, false)).toBe(problem);
});

test("only the layer 3 modes of ipvlan route without a gateway", () => {
  const routes = (name: string, mode: string) => networkDrivers.get(name)?.routesByInterface({ ipvlan_mode: mode });
  expect(["", "l2", "l3", "l3s"].map((mode) => routes("ipvlan", mode))).toEqual([false, false, true, true]);
  expect(["bridge", "macvlan"].map((name) => routes(name, "l3"))).toEqual([false, false]);
});
