// Published ports: from requests to ranges and back.
import { describe, expect, test } from "bun:test";
import type { PortMap } from "../../../src/api/container-networks.ts";
import { portBindings, portRequests } from "../../../src/api/port-bindings.ts";
import { type PortRange, parseContainerPort, withoutPorts } from "../../../src/api/port-ranges.ts";

describe("ports of a container", () => {
  test.each([
    ["80", { port: 80, protocol: "tcp" }],
    ["53/udp", { port: 53, protocol: "udp" }],
    ["9/SCTP", { port: 9, protocol: "sctp" }],
  ] as const)("%s", (text, expected) => expect(parseContainerPort(text)).toEqual(expected));

  test.each([
    ["x/tcp", 'invalid port specification: "x/tcp"'],
    ["65536/tcp", 'invalid port specification: "65536/tcp"'],
    ["80/icmp", "invalid protocol: icmp"],
  ])("%s is refused", (text, message) => expect(() => parseContainerPort(text)).toThrow(message));
});

const range = {
  protocol: "tcp",
  containerPort: 80,
  hostAddresses: [],
  hostPort: 0,
  lastHostPort: 0,
  count: 1,
} as const;

describe("requests", () => {
  test.each([
    [undefined, 0, 0],
    ["", 0, 0],
    ["8080", 8080, 8080],
    ["8000-8010", 8000, 8010],
  ])("the host's port %p is from %d to %d", (HostPort, hostPort, lastHostPort) => {
    expect(portRequests({ "80/tcp": [{ HostPort }] })).toEqual([
      { ...range, hostAddresses: [], hostPort, lastHostPort },
    ]);
  });

  test.each(["x", "8010-8000", "70000", "80-"])("rejects the host port %p", (HostPort) =>
    expect(() => portRequests({ "80/tcp": [{ HostPort }] })).toThrow(`invalid port specification: "${HostPort}"`),
  );

  test("exact ports come before ranges and random ones, so that these leave them free", () => {
    const requests = portRequests({
      "80/tcp": [{ HostPort: "8000-8010" }],
      "90/tcp": [{ HostPort: "8000" }],
      "70/udp": [{}],
    });
    expect(requests.map(({ containerPort }) => containerPort)).toEqual([90, 80, 70]);
  });

  test("consecutive ports on both sides form one range", () => {
    const bindings = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`${20_000 + index}/udp`, [{ HostPort: String(30_000 + index) }]]),
    );
    expect(portRequests(bindings)).toEqual([
      {
        ...range,
        protocol: "udp",
        containerPort: 20_000,
        hostAddresses: [],
        hostPort: 30_000,
        lastHostPort: 39_999,
        count: 10_000,
      },
    ]);
  });

  test.each([
    ["the host's ports have a gap", { "80/tcp": [{ HostPort: "80" }], "81/tcp": [{ HostPort: "82" }] }],
    ["the container's ports have a gap", { "80/tcp": [{ HostPort: "80" }], "82/tcp": [{ HostPort: "81" }] }],
    ["the protocols differ", { "80/tcp": [{ HostPort: "80" }], "81/udp": [{ HostPort: "81" }] }],
    ["the addresses differ", { "80/tcp": [{ HostPort: "80" }], "81/tcp": [{ HostIp: "127.0.0.1", HostPort: "81" }] }],
    ["any port will do", { "80/tcp": [{}], "81/tcp": [{}] }],
  ] satisfies [string, PortMap][])("stay two where %s", (_case, bindings) => {
    expect(portRequests(bindings)).toHaveLength(2);
  });

  test("bindings that differ only in the address get the same port; duplicates are ignored", () => {
    const HostPort = "80";
    const list = [{ HostIp: "127.0.0.1" }, {}, { HostIp: "::1" }, { HostIp: "127.0.0.1" }, {}];
    expect(portRequests({ "80/tcp": list.map((binding) => ({ ...binding, HostPort })) })).toEqual([
      { ...range, hostAddresses: [], hostPort: 80, lastHostPort: 80 },
      { ...range, hostAddresses: ["127.0.0.1", "::1"], hostPort: 80, lastHostPort: 80 },
    ]);
  });

  test.each([
    [{ "80/tcp": [{ HostIp: "", HostPort: "" }] }],
    [{ "80/tcp": [{ HostIp: "", HostPort: "8000-8010" }] }],
    [{ "80/tcp": [{ HostIp: "::1", HostPort: "1" }], "81/tcp": [{ HostIp: "::1", HostPort: "2" }] }],
    [
      {
        "80/udp": [
          { HostIp: "127.0.0.1", HostPort: "80" },
          { HostIp: "::1", HostPort: "80" },
        ],
      },
    ],
  ])("become the same bindings again: %j", (bindings) =>
    expect(portBindings(portRequests(bindings))).toEqual(bindings),
  );
});

describe("a range without some ports", () => {
  const ten: PortRange = { protocol: "tcp", containerPort: 80, hostAddresses: ["::"], hostPort: 8080, count: 10 };
  const left = (gone: number[], whole = ten) =>
    withoutPorts(whole, ({ port }) => gone.includes(port)).map(({ containerPort, hostPort, count }) => [
      containerPort,
      hostPort,
      count,
    ]);

  test.each([
    [[], [[80, 8080, 10]]],
    [[80], [[81, 8081, 9]]],
    [[89], [[80, 8080, 9]]],
    [
      [83, 84],
      [
        [80, 8080, 3],
        [85, 8085, 5],
      ],
    ],
    [[80, 81, 82, 83, 84, 85, 86, 87, 88, 89], []],
  ])("%j", (gone, expected) => expect(left(gone)).toEqual(expected));

  test("that has no ports of the host", () => {
    expect(left([81], { ...ten, hostPort: 0, count: 3 })).toEqual([
      [80, 0, 1],
      [82, 0, 1],
    ]);
  });

  test("of a request keeps its last port right", () => {
    const request = { ...ten, hostAddresses: [], lastHostPort: 8089 };
    expect(withoutPorts(request, ({ port }) => port === 88).map(({ lastHostPort }) => lastHostPort)).toEqual([
      8087, 8089,
    ]);
  });
});
