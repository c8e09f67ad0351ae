// Container-wide settings that belong to an endpoint or a mount, by API version.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  await daemon.call("POST", "/networks/create", { Name: "net" });
});
afterAll(() => daemon?.dispose());

async function create(version: string, request: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await daemon.request("POST", `/${version}/containers/create`, { Image: "busybox", ...request });
  const body: unknown = await answer.json();
  return { status: answer.status, body: { ...Object(body) } };
}

const inspect = async (id: unknown): Promise<unknown> => daemon.call("GET", `/containers/${id}/json`);

describe("MacAddress of the container", () => {
  const MacAddress = "02:42:ac:11:00:99";

  test("moves to the main network with a warning", async () => {
    const { body } = await create("v1.51", { MacAddress });
    expect(body.Warnings).toEqual([
      "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.",
    ]);
    await daemon.call("POST", `/containers/${body.Id}/start`);
    expect(await inspect(body.Id)).toMatchObject({ NetworkSettings: { Networks: { bridge: { MacAddress } } } });
  });

  test("is rejected if it contradicts the endpoint's", async () => {
    const EndpointsConfig = { bridge: { MacAddress: "02:42:ac:11:00:98" } };
    expect(await create("v1.51", { MacAddress, NetworkingConfig: { EndpointsConfig } })).toEqual({
      status: 400,
      body: {
        message:
          "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
      },
    });
  });

  test("is rejected if no endpoint is on the main network", async () => {
    const { status, body } = await create("v1.51", { MacAddress, NetworkingConfig: { EndpointsConfig: { net: {} } } });
    expect([status, body.message]).toEqual([
      400,
      "unable to migrate container-wide MAC address to a specific network: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks",
    ]);
  });

  test("is the usual field before API 1.44", async () => {
    const { body } = await create("v1.43", { MacAddress });
    expect(body.Warnings).toEqual([]);
  });
});

describe("sysctls of eth0", () => {
  const HostConfig = { Sysctls: { "net.ipv4.conf.eth0.log_martians": "1", "net.core.somaxconn": "99" } };

  test("move to the endpoint before API 1.48", async () => {
    const { body } = await create("v1.47", { HostConfig, Cmd: ["cat", "/proc/sys/net/ipv4/conf/eth0/log_martians"] });
    expect(body.Warnings).toEqual([
      'Migrated sysctl "net.ipv4.conf.eth0.log_martians" to DriverOpts{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.log_martians=1"}.',
    ]);
    await daemon.call("POST", `/containers/${body.Id}/start`);
    await daemon.call("POST", `/containers/${body.Id}/wait`);
    const logs = await daemon.request("GET", `/containers/${body.Id}/logs?stdout=1&stderr=1`);
    expect(await logs.text()).toEndWith("1\n");
    expect(await inspect(body.Id)).toMatchObject({ HostConfig: { Sysctls: { "net.core.somaxconn": "99" } } });
  });

  test("are rejected since", async () => {
    const { status, body } = await create("v1.48", { HostConfig });
    expect([status, body.message]).toEqual([
      400,
      `interface specific sysctl setting "net.ipv4.conf.eth0.log_martians" must be supplied using driver option 'com.docker.network.endpoint.sysctls'`,
    ]);
  });
});

test.each([
  ["v1.48", 1],
  ["v1.47", 0],
])("%s: a volume driver that a mount ignores gives %d warning", async (version, count) => {
  const HostConfig = { VolumeDriver: "local", Mounts: [{ Type: "volume", Target: "/x" }] };
  const { body } = await create(version, { HostConfig });
  expect(body.Warnings).toHaveLength(count);
});

test("endpoints replace the default bridge", async () => {
  const { body } = await create("v1.43", { NetworkingConfig: { EndpointsConfig: { net: {} } } });
  const container = await inspect(body.Id);
  if (!(container instanceof Object) || !("NetworkSettings" in container)) throw new Error("no networks");
  expect(Object.keys(Object(container.NetworkSettings).Networks)).toEqual(["net"]);
});
