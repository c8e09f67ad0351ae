// How a container's network shows in `inspect` and `ps`.
import { describe, expect, test } from "bun:test";
import { portRequests } from "../../../../src/api/port-bindings.ts";
import { dockerNetworkSettings, dockerPorts } from "../../../../src/docker/networking.ts";
import {
  containerNetworking,
  dnsNames,
  type NetworkingSource,
} from "../../../../src/engine/networks/container-networking.ts";
import { withPrefixLength } from "../../../../src/engine/networks/inspection.ts";
import type { ContainerRecord } from "../../../../src/engine/networks/records.ts";
import { containerRecord, endpointRecord, idOf, network } from "./fixtures.ts";

const net = network("net");
const source = {
  network: (id: string) => (id === net.id ? net : undefined),
  identity: { name: "web", hostname: "host" },
  namespacePath: "/run/netns/c",
};
const record = containerRecord(idOf("c"), {
  attachments: [
    { networkId: net.id, request: { aliases: ["www"] } },
    { networkId: "gone", request: {} },
  ],
  exposed: ["9/udp"],
  requests: portRequests({ "80/tcp": [{ HostPort: "8080" }], "81/tcp": [{ HostPort: "8081" }] }),
});
const running = {
  ...record,
  sandbox: {
    id: idOf("5"),
    identity: { name: "web", hostname: "host", domainname: "" },
    endpoints: [endpointRecord(net.id)],
    published: [
      { protocol: "tcp" as const, containerPort: 80, hostAddresses: ["0.0.0.0", "::"], hostPort: 8080, count: 2 },
    ],
  },
};

const networkSettings = (of: ContainerRecord, from: NetworkingSource) =>
  dockerNetworkSettings(containerNetworking(of, from));
const portSummaries = (of: ContainerRecord) => dockerPorts(containerNetworking(of, source));

describe("a stopped container", () => {
  test("shows the requested settings without addresses and ports", () => {
    const { SandboxID, SandboxKey, Ports, Networks } = networkSettings(record, source);
    expect({ SandboxID, SandboxKey, Ports }).toEqual({ SandboxID: "", SandboxKey: "", Ports: {} });
    expect(Object.keys(Networks)).toEqual(["net"]);
    expect(Networks.net).toMatchObject({ Aliases: ["www"], IPAddress: "", Gateway: "", NetworkID: net.id });
    expect(portSummaries(record)).toEqual([]);
  });
});

describe("a running container", () => {
  test("shows its addresses with the prefix lengths of their subnets", () => {
    const { Networks, SandboxKey } = networkSettings(running, source);
    expect(SandboxKey).toBe("/run/netns/c");
    expect(Networks.net).toMatchObject({
      IPAddress: "10.0.0.2",
      IPPrefixLen: 24,
      Gateway: "10.0.0.1",
      GlobalIPv6Address: "fd00::2",
      GlobalIPv6PrefixLen: 64,
      IPv6Gateway: "fd00::1",
      DNSNames: ["web", "www", "cccccccccccc", "host"],
    });
  });

  test("shows each published port on each address, and exposed ones without", () => {
    const on = (port: string) => [
      { HostIp: "0.0.0.0", HostPort: port },
      { HostIp: "::", HostPort: port },
    ];
    expect(networkSettings(running, source).Ports).toEqual({
      "80/tcp": on("8080"),
      "81/tcp": on("8081"),
      "9/udp": null,
    });
    expect(portSummaries(running)).toEqual([
      { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
      { IP: "0.0.0.0", PrivatePort: 81, PublicPort: 8081, Type: "tcp" },
      { IP: "::", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
      { IP: "::", PrivatePort: 81, PublicPort: 8081, Type: "tcp" },
      { PrivatePort: 9, Type: "udp" },
    ]);
  });

  test("shows no gateway of an internal network or of a family without an address", () => {
    const inside = network("net", { internal: true });
    const sandbox = { ...running.sandbox, endpoints: [endpointRecord(inside.id, { ipv6: "" })] };
    const attachments = [{ networkId: inside.id, request: {} }];
    const shown = networkSettings({ ...running, attachments, sandbox }, { ...source, network: () => inside });
    expect(shown.Networks.net).toMatchObject({ Gateway: "", IPv6Gateway: "", GlobalIPv6PrefixLen: 0 });
  });
});

test("a port that is not published is not in the lists", () => {
  const published = running.sandbox.published.map((range) => ({
    ...range,
    hostAddresses: ["0.0.0.0"],
    hostPort: 0,
    count: 1,
  }));
  const routed = { ...running, requests: [], exposed: [], sandbox: { ...running.sandbox, published } };
  expect(networkSettings(routed, source).Ports).toEqual({ "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "" }] });
  expect(portSummaries(routed)).toEqual([{ IP: "0.0.0.0", PrivatePort: 80, Type: "tcp" }]);
});

test("lists each DNS name once", () => {
  expect(dnsNames(record, ["web", "x"], { name: "web", hostname: "" })).toEqual(["web", "x", "cccccccccccc"]);
});

test("addresses of a network have its prefix length", () => {
  expect(withPrefixLength(net, "10.0.0.2")).toBe("10.0.0.2/24");
  expect(withPrefixLength(net, "")).toBe("");
});
