// Published ports: the network that they are published on, and the allocated host ports.
import { describe, expect, test } from "bun:test";
import { portRequests } from "../../../../src/api/port-bindings.ts";
import {
  allRequests,
  ineffectiveBindings,
  isRouted,
  keepsPorts,
  matchesNetwork,
  publish,
  publishingJoin,
} from "../../../../src/engine/networks/publishing.ts";
import { HostPorts } from "../../../../src/network/host-ports.ts";
import { freePort } from "../../../support/port.ts";
import { containerRecord, join, network } from "./fixtures.ts";

const mode = (value: string, family = 4) => ({ [`com.docker.network.bridge.gateway_mode_ipv${family}`]: value });
const routed4 = () => join(network("net", { options: mode("routed") }));
const routed = () => join(network("net", { options: { ...mode("routed"), ...mode("routed", 6) } }));

describe("ports are published on", () => {
  test("the gateway network", () => {
    const [one, other] = [join(network("a")), join(network("b"), { gatewayPriority: 1 })];
    expect(publishingJoin([one, other])).toBe(other);
  });

  test("none where the driver does not publish, or the network is internal", () => {
    expect(publishingJoin([join(network("a", { driver: "macvlan" }))])).toBeUndefined();
    expect(publishingJoin([join(network("a", { internal: true }))])).toBeUndefined();
    expect(publishingJoin([])).toBeUndefined();
  });

  test("the containers' own addresses on a routed network", () => {
    expect([4, 6].map((family) => isRouted(routed4(), family === 4 ? 4 : 6))).toEqual([true, false]);
    expect(isRouted(join(network("a", { driver: "macvlan", options: mode("routed") })), 4)).toBe(false);
  });
});

describe("what a container publishes", () => {
  const record = containerRecord("c", {
    exposed: ["80/tcp", "81/tcp", "53/udp"],
    requests: portRequests({ "80/tcp": [{ HostPort: "8080" }] }),
  });

  test("is what was requested", () => expect(allRequests(record)).toEqual(record.requests));

  test("includes the other exposed ports with --publish-all", () => {
    const ports = allRequests({ ...record, publishAll: true }).map(({ protocol, containerPort, hostPort }) => [
      protocol,
      containerPort,
      hostPort,
    ]);
    expect(ports).toEqual([
      ["tcp", 80, 8080],
      ["tcp", 81, 0],
      ["udp", 53, 0],
    ]);
  });
});

describe("allocation", () => {
  const publishOn = async (target: ReturnType<typeof join>, HostIp = "") => {
    const HostPort = String(await freePort());
    const record = containerRecord("c", { requests: portRequests({ "80/tcp": [{ HostIp, HostPort }] }) });
    const { published, held } = publish(record, "name", target, new HostPorts(), () => []);
    for (const { release } of held) release();
    return published.map(({ hostAddresses, hostPort }) => [hostAddresses, hostPort === 0 ? "none" : "one"]);
  };

  test("uses every address, or the named one", async () => {
    expect(await publishOn(join(network("net")))).toEqual([[["0.0.0.0", "::"], "one"]]);
    expect(await publishOn(join(network("net")), "127.0.0.1")).toEqual([[["127.0.0.1"], "one"]]);
  });

  test("uses the address that the network is bound to", async () => {
    const options = { "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1" };
    expect(await publishOn(join(network("net", { options })))).toEqual([[["127.0.0.1"], "one"]]);
  });

  test("uses no port of the host for a routed family", async () => {
    expect(await publishOn(routed4())).toEqual([
      [["0.0.0.0"], "none"],
      [["::"], "one"],
    ]);
    expect(await publishOn(routed(), "127.0.0.1")).toEqual([[["0.0.0.0"], "none"]]);
  });

  test("names the endpoint in Docker's words when it fails, and keeps no port", async () => {
    const [port, free] = [await freePort(), await freePort()];
    const ports = new HostPorts();
    const requestOf = (HostPort: number, key: string) =>
      containerRecord("c", { requests: portRequests({ [key]: [{ HostPort: String(HostPort) }] }) });
    const first = publish(requestOf(port, "80/tcp"), "first", join(network("net")), ports, () => []);
    const both = [...requestOf(free, "70/tcp").requests, ...requestOf(port, "80/tcp").requests];
    const second = containerRecord("d", { requests: both });
    expect(() => publish(second, "second", join(network("net")), ports, () => [])).toThrow(
      /^failed to set up container networking: driver failed programming external connectivity on endpoint second \(e+\): Bind for 0\.0\.0\.0:\d+ failed: port is already allocated$/,
    );
    const again = publish(requestOf(free, "70/tcp"), "third", join(network("net")), ports, () => []);
    for (const { release } of [...first.held, ...again.held]) release();
  });
});

test("ports published before are kept on a network with the same routing", () => {
  const range = { protocol: "tcp", containerPort: 80, hostAddresses: ["0.0.0.0"], hostPort: 80, count: 1 } as const;
  const published = [{ ...range, hostAddresses: ["0.0.0.0"] }];
  expect(matchesNetwork(join(network("net")), published)).toBe(true);
  expect(matchesNetwork(routed4(), published)).toBe(false);
  expect(matchesNetwork(routed4(), [{ ...range, hostAddresses: ["0.0.0.0"], hostPort: 0 }])).toBe(true);
});

test("bindings of the host's ports have no effect on a routed network", () => {
  const requests = portRequests({
    "80/tcp": [{ HostPort: "8080" }],
    "81/tcp": [{ HostIp: "127.0.0.1" }],
    "82/tcp": [{}],
  });
  expect(ineffectiveBindings({ requests }, routed())).toEqual([":8080", "127.0.0.1:"]);
  expect(ineffectiveBindings({ requests }, routed4())).toEqual(["127.0.0.1:"]);
  expect(ineffectiveBindings({ requests }, join(network("net")))).toEqual([]);
});

test("ports are kept where the next network is routed as the last one was", () => {
  const natted = () => join(network("net"));
  expect(keepsPorts(natted(), natted())).toBe(true);
  expect(keepsPorts(routed(), routed())).toBe(true);
  expect(keepsPorts(natted(), routed())).toBe(false);
  expect(keepsPorts(routed4(), routed())).toBe(false);
  expect(keepsPorts(undefined, natted())).toBe(false);
});
