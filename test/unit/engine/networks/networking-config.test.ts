// What a container asks of the networks, read at create.
import { describe, expect, test } from "bun:test";
import { portRequests } from "../../../../src/api/port-bindings.ts";
import {
  attachmentTo,
  checkAddresses,
  checkCombination,
  checkConnection,
  checkedAttachment,
  kindOfMode,
  newRecord,
  resolvedAttachments,
} from "../../../../src/engine/networks/networking-config.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";
import { containerRecord, emptyTables, idOf, network, networkRecord } from "./fixtures.ts";

const plan = { endpoints: {}, hostConfig: hostConfigurationOf(), config: containerConfigurationOf() };

function tables() {
  const found = emptyTables();
  for (const [name, driver] of [
    ["bridge", "bridge"],
    ["host", "host"],
    ["none", "null"],
  ] as const) {
    found.catalogue.add(networkRecord(name, { id: idOf(name.slice(0, 1)), driver }));
  }
  found.catalogue.add(networkRecord("net", { id: idOf("1") }));
  return found;
}

describe("the networks of a container", () => {
  const { catalogue } = tables();
  const networksOf = (NetworkMode: string, endpoints = {}) =>
    newRecord("c", { ...plan, hostConfig: hostConfigurationOf({ NetworkMode }), endpoints }, catalogue).attachments.map(
      ({ networkId }) => networkId,
    );

  test.each([
    ["", [idOf("b")]],
    ["default", [idOf("b")]],
    ["net", [idOf("1")]],
    ["1111", [idOf("1")]],
    // One that is not there may be created until the start.
    ["later", ["later"]],
    ["container:other", []],
  ])("of the mode %p are %j", (mode, expected) => expect(networksOf(mode)).toEqual(expected));

  test("include those of its endpoints, each once under any of its names", () => {
    expect(networksOf("net", { [idOf("1")]: {}, bridge: {} })).toEqual([idOf("1"), idOf("b")]);
  });

  test.each([
    ["host", { net: {} }, "container sharing network namespace with another container or host"],
    [
      "none",
      { net: {} },
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    ],
  ])("%s beside another is refused", (mode, endpoints, message) => {
    expect(() => networksOf(mode, endpoints)).toThrow(message);
  });

  test("get their IDs at the start, if they exist by then", () => {
    const attachment = { networkId: "net", request: { macAddress: "02-42-00-00-00-01" } };
    const record = containerRecord("c", { attachments: [attachment] });
    const request = { macAddress: "02:42:00:00:00:01" };
    expect(resolvedAttachments(record, catalogue)).toEqual([{ networkId: idOf("1"), request }]);
    const missing = containerRecord("c", { attachments: [{ ...attachment, networkId: "gone" }] });
    expect(() => resolvedAttachments(missing, catalogue)).toThrow("network gone not found");
  });
});

describe("the settings of one network", () => {
  const net = network("net");

  test("are stored, with the MAC address normalized", () => {
    const request = { aliases: ["web"], addresses: { ipv4: "10.0.0.9" }, macAddress: "02-42-AA-00-00-01" };
    expect(checkedAttachment(net, request)).toEqual({
      networkId: net.id,
      request: { ...request, macAddress: "02:42:aa:00:00:01" },
    });
  });

  test.each([
    [{ addresses: { ipv4: "10.0.1.9" } }, "no configured subnet or ip-range contain the IP address 10.0.1.9"],
    [{ addresses: { ipv4: "10.0.0" } }, "invalid IPv4 address: 10.0.0"],
    [{ addresses: { ipv4: "fd00::1" } }, "invalid IPv4 address: fd00::1"],
    [{ addresses: { ipv6: "10.0.0.9" } }, "invalid IPv6 address: 10.0.0.9"],
    [{ addresses: { ipv6: "::ffff:10.0.0.9" } }, "invalid IPv6 address: ::ffff:10.0.0.9"],
    [{ addresses: { ipv6: "::" } }, "invalid IPv6 address: ::"],
    [{ addresses: { linkLocal: ["x"] } }, "invalid link local IP address: x"],
    [{ addresses: { linkLocal: ["169.253.5.5"] } }, "invalid link local IP address: 169.253.5.5"],
    [{ driverOptions: { "com.docker.network.endpoint.ifname": "a b" } }, "invalid interface name: a b"],
  ])("%j is refused", (request, problem) => {
    expect(() => checkedAttachment(net, request)).toThrow(
      `invalid config for network net: invalid endpoint settings:\n${problem}`,
    );
  });

  test.each(["01:42:00:00:00:01", "02:42:00:00:00", "x"])("rejects the MAC address %s", (macAddress) => {
    expect(() => checkedAttachment(net, { macAddress })).toThrow(`invalid MAC address: ${macAddress}`);
  });

  test.each([
    [{ addresses: { ipv4: "10.0.0.9" } }, "user specified IP address is supported on user defined networks only"],
    [{ aliases: ["web"] }, "network-scoped aliases are only supported for user-defined networks"],
  ])("on the default network %j is refused", (request, problem) => {
    expect(() => checkedAttachment(network("bridge"), request)).toThrow(problem);
  });
});

test("user-defined networks can be combined", () => {
  expect(() => checkCombination([network("one"), network("two"), network("bridge")])).not.toThrow();
});

describe("ports", () => {
  const { catalogue } = tables();

  test("are also exposed by a binding without a host port", () => {
    const hostConfig = hostConfigurationOf({ PortBindings: { "81": null, "82/udp": [] }, PublishAllPorts: true });
    const config = containerConfigurationOf({ ExposedPorts: { "80/TCP": {} } });
    const record = newRecord("c", { ...plan, hostConfig, config }, catalogue);
    expect(record).toMatchObject({ exposed: ["80/tcp", "81/tcp", "82/udp"], requests: [], publishAll: true });
  });

  test.each([
    [{ "80/tcp": [{ HostIp: "1.2.3" }] }, "invalid IP address: 1.2.3"],
    [{ "80/tcp": [{ HostPort: "x" }] }, 'invalid port specification: "x"'],
    [{ x: [] }, 'invalid port specification: "x"'],
  ])("%j are refused", (PortBindings, message) => {
    expect(() => newRecord("c", { ...plan, hostConfig: hostConfigurationOf({ PortBindings }) }, catalogue)).toThrow(
      message,
    );
  });

  test("with an address in brackets or with a zone are rejected", () => {
    for (const HostIp of ["[::1]", "fe80::1%eth0"]) {
      expect(() => checkAddresses(portRequests({ "80/tcp": [{ HostIp }] }))).toThrow(`invalid IP address: ${HostIp}`);
    }
  });
});

describe("a further network", () => {
  const { catalogue } = tables();
  const known = (name: string) => catalogue.find(name);

  test.each<[string, string, string]>([
    ["container:web", "net", "container sharing network namespace with another container or host cannot be connected"],
    ["bridge", "host", "cannot connect container to host network - container must be created in host network mode"],
    ["host", "net", "container sharing network namespace with another container or host cannot be connected"],
    [
      "none",
      "net",
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    ],
  ])("of a container in mode %s cannot be %s", (mode, name, message) => {
    const attachments = mode.startsWith("container:") ? [] : [{ networkId: known(mode).id, request: {} }];
    expect(() => checkConnection(containerRecord("c", { mode, attachments }), known(name), catalogue)).toThrow(message);
  });

  test("may be one of the user's, or the one that the container is on", () => {
    const attachments = [{ networkId: known("bridge").id, request: {} }];
    const record = containerRecord("c", { attachments });
    expect(() => checkConnection(record, known("net"), catalogue)).not.toThrow();
    const inHost = containerRecord("c", { mode: "host", attachments: [{ networkId: known("host").id, request: {} }] });
    expect(() => checkConnection(inHost, known("host"), catalogue)).not.toThrow();
  });

  test("is recognized by its ID, and by its name if it was created after the container", () => {
    const [byId, byName] = [
      { networkId: known("net").id, request: {} },
      { networkId: "net", request: {} },
    ];
    const of = (...attachments: (typeof byId)[]) => containerRecord("c", { attachments });
    expect(attachmentTo(of(byId), known("net"), catalogue)).toBe(byId);
    expect(attachmentTo(of(byName), known("net"), catalogue)).toBe(byName);
    expect(attachmentTo(of(byId), known("bridge"), catalogue)).toBeUndefined();
  });
});

test.each<[string, boolean, string]>([
  ["bridge", false, "own"],
  ["net", false, "own"],
  ["none", false, "none"],
  ["net", true, "none"],
  ["host", false, "host"],
  ["host", true, "host"],
  ["container:web", false, "shared"],
])("the mode %s, disabled %p, is of the kind %s", (mode, disabled, kind) => {
  expect<string>(kindOfMode({ mode, disabled })).toBe(kind);
});
