// Endpoints: addresses and names of a container's interfaces, and the choice of the gateway network.
import { describe, expect, test } from "bun:test";
import {
  interfaceNameFor,
  interfaceOptions,
  optionProblems,
} from "../../../../src/engine/networks/endpoint-options.ts";
import {
  gatewayJoin,
  interfaceAddresses,
  linkLocalAddresses,
  makeEndpoint,
} from "../../../../src/engine/networks/endpoints.ts";
import { formatPrefix } from "../../../../src/network/ip.ts";
import { endpointRecord, join, network, pool } from "./fixtures.ts";

const none = { networkId: "", request: {} };

describe("a new endpoint", () => {
  test("has the next addresses, and a MAC address derived from the IPv4 address", () => {
    const endpoint = makeEndpoint(network("net"), none, "eth0", { macAddress: "" });
    expect(endpoint).toMatchObject({
      interfaceName: "eth0",
      ipv4: "10.0.0.2",
      ipv6: "fd00::2",
      mac: "02:42:0a:00:00:02",
    });
    expect(endpoint.hostName).toMatch(/^veth[0-9a-f]{7}$/);
  });

  test("has the requested addresses; the network's MAC address takes precedence over the container's", () => {
    const addresses = { ipv4: "10.0.0.9", ipv6: "fd00::9" };
    const request = { addresses, macAddress: "02:42:00:00:00:01" };
    const endpoint = makeEndpoint(network("net"), { networkId: "", request }, "eth0", {
      macAddress: "02:42:00:00:00:02",
    });
    expect(endpoint).toMatchObject({ ipv4: "10.0.0.9", ipv6: "fd00::9", mac: "02:42:00:00:00:01" });
    expect(makeEndpoint(network("net"), none, "eth0", { macAddress: "02:42:00:00:00:02" }).mac).toBe(
      "02:42:00:00:00:02",
    );
  });

  test("has no MAC address where it is the host's, or where there is no interface", () => {
    expect(makeEndpoint(network("net", { driver: "ipvlan" }), none, "eth0", { macAddress: "" }).mac).toBe("");
    expect(
      makeEndpoint(network("host", { driver: "host", ipam: { driver: "", options: null, pools: [] } }), none, "", {
        macAddress: "",
      }).mac,
    ).toBe("");
  });

  test("allocates nothing when one address is unavailable", () => {
    const net = network("net");
    const request = { addresses: { ipv6: "fd00::1" } };
    expect(() => makeEndpoint(net, { networkId: "", request }, "eth0", { macAddress: "" })).toThrow(
      "Address already in use",
    );
    expect(makeEndpoint(net, none, "eth0", { macAddress: "" }).ipv4).toBe("10.0.0.2");
  });

  test("is rejected on a network that is only a configuration", () => {
    expect(() => makeEndpoint(network("net", { configOnly: true }), none, "eth0", { macAddress: "" })).toThrow(
      "cannot create endpoint on configuration-only network",
    );
  });

  test("is rejected while the subnet is full", () => {
    const net = network("net", { ipam: pool("10.0.0.0/30", "10.0.0.1") });
    const { ipv4 } = makeEndpoint(net, none, "eth0", { macAddress: "" });
    expect(() => makeEndpoint(net, none, "eth0", { macAddress: "" })).toThrow(
      `no available IPv4 addresses on this network's address pools: net (${net.id})`,
    );
    net.release(ipv4);
    expect(makeEndpoint(net, none, "eth0", { macAddress: "" }).ipv4).toBe(ipv4);
  });
});

test("addresses have the prefix lengths of their subnets; link-local ones have fixed lengths", () => {
  const net = network("net");
  expect(interfaceAddresses(net, endpointRecord(net.id)).map(formatPrefix)).toEqual(["10.0.0.2/24", "fd00::2/64"]);
  expect(interfaceAddresses(net, endpointRecord(net.id, { ipv6: "" })).map(formatPrefix)).toEqual(["10.0.0.2/24"]);
  const request = { addresses: { linkLocal: ["169.254.1.1", "fe80::1"] } };
  expect(linkLocalAddresses({ networkId: "", request }).map(formatPrefix)).toEqual(["169.254.1.1/16", "fe80::1/64"]);
});

describe("the gateway network", () => {
  const nameOf = (joins: Parameters<typeof gatewayJoin>[0], family: 4 | 6 = 4) =>
    gatewayJoin(joins, family)?.network.name;

  test("is the first by name", () => {
    expect(nameOf([join(network("b")), join(network("a"))])).toBe("a");
  });

  test("is the one with the highest priority", () => {
    expect(
      nameOf([
        join(network("a")),
        join(network("b"), { gatewayPriority: 1 }),
        join(network("c"), { gatewayPriority: -1 }),
      ]),
    ).toBe("b");
  });

  test("is never an internal one, nor one without an address or gateway in the family", () => {
    expect(nameOf([join(network("a", { internal: true })), join(network("b"))])).toBe("b");
    expect(nameOf([join(network("a"), {}, { ipv6: "" }), join(network("b"))], 6)).toBe("b");
    expect(nameOf([join(network("a", { ipam: pool("10.0.0.0/24", "") })), join(network("b"))])).toBe("b");
    expect(nameOf([join(network("a", { internal: true }))])).toBeUndefined();
  });

  test("needs no gateway in layer 3 of ipvlan", () => {
    const changes = { driver: "ipvlan", ipam: pool("10.0.0.0/24", "") };
    expect(nameOf([join(network("a", { ...changes, options: { ipvlan_mode: "l3" } }))])).toBe("a");
    expect(nameOf([join(network("a", changes))])).toBeUndefined();
  });
});

describe("interface names", () => {
  const nameFor = (taken: string[], driverOptions = {}, options = {}) =>
    interfaceNameFor(network("net", { options }), { networkId: "", request: { driverOptions } }, taken);

  test.each([
    [[], "eth0"],
    [["eth0"], "eth1"],
    [["eth1"], "eth0"],
    [["eth0", "eth1", "wan"], "eth2"],
  ])("beside %j: %s", (taken, expected) => expect(nameFor(taken)).toBe(expected));

  test("can be chosen, for one endpoint or for all of a network", () => {
    const asked = { "com.docker.network.endpoint.ifname": "wan" };
    expect(nameFor(["eth0"], asked)).toBe("wan");
    expect(() => nameFor(["wan"], asked)).toThrow('error renaming interface to "wan": file exists');
    expect(nameFor(["net0"], {}, { "com.docker.network.container_iface_prefix": "net" })).toBe("net1");
  });
});

describe("kernel options of an interface", () => {
  const option = (value: string) => ({ "com.docker.network.endpoint.sysctls": value });

  test("are those of the interface itself", () => {
    const driverOptions = option("net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.accept_ra=2");
    expect(interfaceOptions({ networkId: "", request: { driverOptions } }, "eth1")).toEqual({
      "net/ipv4/conf/eth1/log_martians": "1",
      "net/ipv6/conf/eth1/accept_ra": "2",
    });
    expect(optionProblems(driverOptions)).toEqual([]);
  });

  test.each([
    "net.ipv4.ip_forward=1",
    "net.ipv4.conf.all.forwarding=1",
    "net.ipv4.conf.IFNAME.x=../y",
    "kernel.panic=1",
  ])("%s is refused", (entry) =>
    expect(optionProblems(option(entry))).toEqual([expect.stringContaining(`sysctl '${entry}'`)]),
  );
});
