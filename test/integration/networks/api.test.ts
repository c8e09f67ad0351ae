// Network commands of Docker's client and the API: messages, events, lists, inspection.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { ipv6Of, runContainer } from "./support.ts";

let daemon: TestDaemon;
const sleep = ["sleep", "1000"];

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon.dispose());

const docker = (...words: string[]) => daemon.docker(words);
const network = (...words: string[]) => docker("network", ...words);

async function names(...filters: string[]): Promise<string[]> {
  const words = filters.flatMap((filter) => ["--filter", filter]);
  const { stdout } = await network("ls", "--format", "{{.Name}}", ...words);
  return stdout.trim().split("\n").filter(Boolean).sort();
}

/** What happened to networks while `work` was done, as "action name". */
async function eventsOf(work: () => Promise<unknown>): Promise<string[]> {
  const since = Date.now() / 1000;
  await work();
  const { stdout } = await docker(
    ...["events", "--since", String(since), "--until", String(Date.now() / 1000 + 0.01)],
    ...["--filter", "type=network", "--format", "{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}"],
  );
  return stdout.trim().split("\n").filter(Boolean);
}

describe("networks that always exist", () => {
  test("are bridge, host and none, and cannot be removed or created", async () => {
    expect(await names()).toEqual(["bridge", "host", "none"]);
    for (const name of ["bridge", "host", "none"]) {
      const removed = await network("rm", name);
      expect(removed.code).toBe(1);
      expect(removed.stderr).toContain(`${name} is a pre-defined network and cannot be removed`);
    }
    for (const name of ["bridge", "default"]) {
      expect((await network("create", name)).stderr).toContain(
        `operation is not permitted on predefined ${name} network`,
      );
    }
  });

  test("a failed lookup returns an error", async () => {
    const missing = await network("inspect", "nowhere");
    expect(missing).toMatchObject({ code: 1, stdout: "[]\n" });
    expect(missing.stderr).toContain("network nowhere not found");
    expect((await docker("run", "--rm", "--network", "nowhere", "busybox", "true")).stderr).toContain(
      "network nowhere not found",
    );
  });
});

describe("create", () => {
  test("stores and shows the requested settings", async () => {
    const subnet = ["--subnet", "10.251.0.0/16", "--ip-range", "10.251.5.0/24", "--gateway", "10.251.5.254"];
    await network(
      "create",
      ...subnet,
      "--aux-address",
      "router=10.251.1.5",
      "--label",
      "team=blue",
      "--attachable",
      "shown",
    );
    const { stdout } = await network("inspect", "shown");
    expect(JSON.parse(stdout)).toMatchObject([
      {
        Name: "shown",
        Scope: "local",
        Driver: "bridge",
        EnableIPv4: true,
        EnableIPv6: false,
        Internal: false,
        Attachable: true,
        IPAM: {
          Driver: "default",
          Config: [
            {
              Subnet: "10.251.0.0/16",
              IPRange: "10.251.5.0/24",
              Gateway: "10.251.5.254",
              AuxiliaryAddresses: { router: "10.251.1.5" },
            },
          ],
        },
        Labels: { team: "blue" },
        Containers: {},
      },
    ]);
    await network("rm", "shown");
  });

  test("without subnets allocates a /24 and, if the host has IPv6, a /64 of the engine's prefix", async () => {
    await network("create", "plain");
    const { stdout } = await network("inspect", "--format", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", "plain");
    expect(stdout).toMatch(/^10\.\d+\.\d+\.0\/24 fd[0-9a-f:]+::\/64 \n$/);
    await network("create", "--ipv6=false", "four");
    const four = await network("inspect", "--format", "{{.EnableIPv6}} {{len .IPAM.Config}}", "four");
    expect(four.stdout).toBe("false 1\n");
    await network("rm", "plain", "four");
  });

  test("with an IPv6 subnet enables IPv6; EnableIPv6 shows only the client's value", async () => {
    const IPAM = {
      Config: [{ Subnet: "2001:db8:389::1/64", IPRange: "2001:db8:389::/96", Gateway: "2001:db8:389::ffff" }],
    };
    // Docker looks at the host bits only where IPv6 is enabled.
    await daemon.call("POST", "/networks/create", { Name: "implied", IPAM });
    const shown = await daemon.call("GET", "/networks/implied");
    expect(shown).toMatchObject({ EnableIPv6: false, IPAM: { Config: [{ Subnet: "2001:db8:389::/64" }, {}] } });
    const id = await runContainer(
      daemon,
      ["--network", "implied", "--ip6", "2001:db8:389::f00d", "--name", "six"],
      ["sleep", "1000"],
    );
    expect(await ipv6Of(daemon, "six", "implied")).toBe("2001:db8:389::f00d");
    await daemon.docker(["rm", "-f", id]);
    await network("rm", "implied");
    const enabled = await daemon.request("POST", "/networks/create", { Name: "enabled", EnableIPv6: true, IPAM });
    expect(await enabled.json()).toEqual({
      message: "invalid network config:\ninvalid subnet 2001:db8:389::1/64: it should be 2001:db8:389::/64",
    });
    await daemon.call("POST", "/networks/create", { Name: "off", EnableIPv6: false, IPAM });
    expect(await daemon.call("GET", "/networks/off")).toMatchObject({ EnableIPv6: false, IPAM: { Config: [{}] } });
    await network("rm", "off");
    const Config = [{ Subnet: "2001:db8:389::/64" }];
    await daemon.call("POST", "/networks/create", { Name: "on", EnableIPv6: true, IPAM: { Config } });
    expect(await daemon.call("GET", "/networks/on")).toMatchObject({ EnableIPv6: true });
    await network("rm", "on");
  });

  test.each([
    [["-d", "nosuch"], 'plugin "nosuch" not found'],
    [["-d", "overlay"], "This node is not a swarm manager"],
    [["-d", "host"], 'only one instance of "host" network is allowed'],
    [["-o", "com.docker.network.driver.mtu=tiny"], "failed to parse com.docker.network.driver.mtu value: tiny"],
    [["-o", "com.docker.network.driver.mtu=9"], "invalid value for com.docker.network.driver.mtu: 9"],
    [["--config-from", "nosuch"], 'configuration network "nosuch" does not exist'],
    [["-o", "com.docker.network.bridge.gateway_mode_ipv4=odd"], "unknown gateway mode odd"],
    [
      ["-o", "com.docker.network.bridge.gateway_mode_ipv4=isolated"],
      "gateway mode 'isolated' can only be used for an internal network",
    ],
    [["-d", "macvlan", "-o", "parent=nosuch0"], "parent interface was not found on the host: nosuch0"],
  ])("%p is refused and leaves nothing", async (options, message) => {
    const created = await network("create", ...options, "refused");
    expect(created.code).toBe(1);
    expect(created.stderr).toContain(message);
    expect(await names()).toEqual(["bridge", "host", "none"]);
  });

  test.each([
    [{ Subnet: "10.251.0.0" }, "invalid subnet 10.251.0.0: invalid CIDR block notation"],
    [{ Subnet: "10.251.0.5/16" }, "invalid subnet 10.251.0.5/16: it should be 10.251.0.0/16"],
    [{ Subnet: "10.251.0.0/16", IPRange: "10.0.0.0/8" }, "CIDR block is bigger than its parent subnet 10.251.0.0/16"],
    [{ Subnet: "10.251.0.0/16", IPRange: "10.9.0.0/24" }, "parent subnet 10.251.0.0/16 doesn't contain ip-range"],
    [{ Subnet: "10.251.0.0/16", Gateway: "10.9.0.1" }, "invalid gateway 10.9.0.1: parent subnet 10.251.0.0/16"],
    [
      { Subnet: "10.251.0.0/16", AuxiliaryAddresses: { a: "fd00::1" } },
      "invalid auxiliary address a: parent subnet is",
    ],
  ])("the addresses %p are refused", async (pool, message) => {
    const answer = await daemon.request("POST", "/networks/create", { Name: "refused", IPAM: { Config: [pool] } });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(message);
  });

  test("rejects a name or a subnet in use", async () => {
    await network("create", "--subnet", "10.251.0.0/24", "taken");
    expect((await network("create", "taken")).stderr).toContain("network with name taken already exists");
    expect((await network("create", "--subnet", "10.251.0.128/25", "other")).stderr).toContain(
      "Pool overlaps with other one on this address space",
    );
    await network("rm", "taken");
  });

  test("names all problems of all subnets at once", async () => {
    const Config = [{ Subnet: "10.251.0.5/16", Gateway: "10.9.0.1" }, { Subnet: "x" }];
    const answer = await daemon.request("POST", "/networks/create", { Name: "refused", IPAM: { Config } });
    const message = [
      "invalid network config:",
      "invalid subnet 10.251.0.5/16: it should be 10.251.0.0/16",
      "invalid gateway 10.9.0.1: parent subnet 10.251.0.0/16 doesn't contain this address",
      "invalid subnet x: invalid CIDR block notation",
    ].join("\n");
    expect([answer.status, await answer.json()]).toEqual([400, { message }]);
  });

  test("names the route that conflicts with the requested subnet", async () => {
    const answer = await daemon.request("POST", "/networks/create", {
      Name: "clash",
      IPAM: { Config: [{ Subnet: "127.0.0.0/8" }] },
    });
    expect(answer.status).toBe(201);
    await network("rm", "clash");
    // In the daemon's own range, which nothing else on the host has a route to.
    const range = daemon.gateway.replace(/\.0\.1$/, ".64");
    const bridge = `clash${process.pid}`;
    await network("create", "-o", `com.docker.network.bridge.name=${bridge}`, "--subnet", `${range}.0/24`, "base");
    const second = await startDaemon();
    try {
      const clashing = await second.request("POST", "/networks/create", {
        Name: "clash",
        IPAM: { Config: [{ Subnet: `${range}.128/25` }] },
      });
      expect(await clashing.json()).toMatchObject({
        Warning: `subnet ${range}.128/25 overlaps with the route ${range}.0/24 of interface ${bridge}`,
      });
    } finally {
      await second.dispose();
      await network("rm", "base");
    }
  });

  test("reports an exhausted network", async () => {
    await network("create", "--subnet", "10.251.0.0/30", "tiny");
    await runContainer(daemon, ["--name", "only", "--network", "tiny"], sleep);
    expect((await docker("run", "--rm", "--network", "tiny", "busybox", "true")).stderr).toMatch(
      /no available IPv4 addresses on this network's address pools: tiny \([0-9a-f]{64}\)/,
    );
    await docker("rm", "-f", "only");
    expect((await docker("run", "--rm", "--network", "tiny", "busybox", "true")).code).toBe(0);
    await network("rm", "tiny");
  });

  test("exhausted pools report what blocks each subnet", async () => {
    // Not a subnet that a test on the same machine has.
    const base = `10.250.${process.pid % 256}.0/24`;
    const poor = await startDaemon({ config: { "default-address-pools": [{ base, size: 24 }] } });
    try {
      await poor.docker(["network", "create", "first"]);
      const second = await poor.docker(["network", "create", "second"]);
      expect(second.stderr).toContain(
        `all predefined address pools have been fully subnetted; in the way: ${base} (first)`,
      );
    } finally {
      await poor.dispose();
    }
  });

  test("from a configuration", async () => {
    await network("create", "--config-only", "--subnet", "10.251.0.0/24", "--label", "kept=yes", "template");
    expect((await network("create", "--config-from", "template", "made")).stderr).toBe("");
    const { stdout } = await network(
      "inspect",
      "--format",
      "{{(index .IPAM.Config 0).Subnet}} {{.ConfigFrom.Network}} {{.Labels}}",
      "made",
    );
    expect(stdout).toBe("10.251.0.0/24 template map[kept:yes]\n");
    await network("rm", "made", "template");
  });
});

describe("ls, prune and rm", () => {
  test("filters", async () => {
    await network("create", "--label", "a=1", "red-one");
    await network("create", "--label", "a=2", "red-two");
    await runContainer(daemon, ["--name", "user", "--network", "red-two"], sleep);
    expect(await names("name=red")).toEqual(["red-one", "red-two"]);
    expect(await names("label=a=1")).toEqual(["red-one"]);
    expect(await names("dangling=true")).toEqual(["red-one"]);
    expect(await names("type=builtin")).toEqual(["bridge", "host", "none"]);
    expect(await names("driver=null")).toEqual(["none"]);
    expect((await network("ls", "--filter", "type=odd")).stderr).toContain("invalid filter");
    const used = await network("rm", "red-two");
    expect(used.stderr).toMatch(
      /error while removing network: network red-two has active endpoints \(name:"user" id:"[0-9a-f]{12}"\)/,
    );
    const pruned = await network("prune", "-f", "--filter", "label!=a=2");
    expect(pruned.stdout).toContain("Deleted Networks:\nred-one\n");
    expect(await names("name=red")).toEqual(["red-two"]);
    expect((await network("prune", "-f", "--filter", "until=1h")).stdout).toBe("");
    await docker("rm", "-f", "user");
    await network("rm", "red-two");
  });

  test("finds a network by name, ID and ID prefix", async () => {
    const { stdout } = await network("create", "findme");
    const id = stdout.trim();
    for (const reference of ["findme", id, id.slice(0, 6)]) {
      expect((await network("inspect", "--format", "{{.Id}}", reference)).stdout.trim()).toBe(id);
    }
    await network("rm", id.slice(0, 12));
  });
});

describe("connect and disconnect", () => {
  beforeAll(async () => {
    await network("create", "--subnet", "10.251.1.0/24", "side");
    await runContainer(daemon, ["--name", "member"], sleep);
  });

  afterAll(async () => {
    await docker("rm", "-f", "member");
    await network("rm", "side");
  });

  const inspected = async (name: string) =>
    JSON.parse((await docker("inspect", name)).stdout)[0].NetworkSettings.Networks;

  test("a running container is on the network at once, and inspect shows it on both sides", async () => {
    expect(await network("connect", "--ip", "10.251.1.7", "--alias", "nick", "side", "member")).toMatchObject({
      code: 0,
    });
    const { bridge, side } = await inspected("member");
    expect(bridge.IPAddress).not.toBe("");
    expect(side).toMatchObject({
      IPAddress: "10.251.1.7",
      IPPrefixLen: 24,
      Gateway: "10.251.1.1",
      Aliases: ["nick"],
      IPAMConfig: { IPv4Address: "10.251.1.7" },
      MacAddress: "02:42:0a:fb:01:07",
    });
    expect(side.DNSNames).toContain("member");
    expect(side.DNSNames).toContain("nick");
    const shown = JSON.parse((await network("inspect", "side")).stdout)[0].Containers;
    expect(Object.values(shown)).toMatchObject([
      { Name: "member", IPv4Address: "10.251.1.7/24", MacAddress: "02:42:0a:fb:01:07" },
    ]);
  });

  test("fail when repeated", async () => {
    const again = await network("connect", "side", "member");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("endpoint with name member already exists in network side");
    expect(await network("disconnect", "side", "member")).toMatchObject({ code: 0 });
    const { stderr } = await network("disconnect", "side", "member");
    expect(stderr).toMatch(/container [0-9a-f]{64} is not connected to the network side/);
    expect(await inspected("member")).not.toHaveProperty("side");
  });

  test("a stopped container joins at its next start", async () => {
    await docker("create", "--name", "later", "busybox", ...sleep);
    await network("connect", "side", "later");
    expect((await inspected("later")).side).toMatchObject({ IPAddress: "", EndpointID: "" });
    await docker("start", "later");
    expect((await inspected("later")).side.IPAddress).toBe("10.251.1.2");
    await docker("rm", "-f", "later");
  });

  test("a container created before its network is recreated is connected once", async () => {
    await docker("create", "--name", "early", "--network", "tomorrow", "busybox", ...sleep);
    await network("create", "tomorrow");
    expect((await network("connect", "tomorrow", "early")).code).toBe(0);
    await docker("start", "early");
    expect((await docker("exec", "early", "ls", "/sys/class/net")).stdout).toBe("eth0\nlo\n");
    await docker("rm", "-f", "early");
    await network("rm", "tomorrow");
  });

  test("rejects invalid requests", async () => {
    await docker("run", "-d", "--name", "hosted", "--network", "host", "busybox", ...sleep);
    await docker("run", "-d", "--name", "lonely", "--network", "none", "busybox", ...sleep);
    await docker("run", "-d", "--name", "guest", "--network", "container:member", "busybox", ...sleep);
    const shared =
      "container sharing network namespace with another container or host cannot be connected to any other network";
    expect((await network("connect", "side", "hosted")).stderr).toContain(shared);
    expect((await network("connect", "side", "guest")).stderr).toContain(shared);
    expect((await network("connect", "side", "lonely")).stderr).toContain("in private (none) mode");
    expect((await network("connect", "host", "member")).stderr).toContain("cannot connect container to host network");
    expect((await network("disconnect", "host", "hosted")).stderr).toContain(
      "cannot disconnect container from host network",
    );
    expect((await network("connect", "side", "nobody")).stderr).toContain("No such container: nobody");
    expect((await network("connect", "--ip", "10.1.1.1", "side", "member")).stderr).toContain("no configured subnet");
    expect((await docker("run", "--rm", "--ip", "10.251.1.9", "busybox", "true")).stderr).toContain(
      "user specified IP address is supported on user defined networks only",
    );
    await docker("rm", "-f", "hosted", "lonely", "guest");
  });

  test("a container created with a network's ID shows the network's name", async () => {
    const { stdout } = await network("inspect", "--format", "{{.Id}}", "side");
    await docker("create", "--name", "byid", "--network", stdout.trim(), "busybox", "true");
    expect(Object.keys(await inspected("byid"))).toEqual(["side"]);
    await docker("rm", "byid");
  });
});

test("publishes network events in order", async () => {
  const events = await eventsOf(async () => {
    await network("create", "told");
    await docker("run", "--rm", "--network", "told", "busybox", "true");
    await network("rm", "told");
  });
  expect(events).toEqual([
    "create told bridge",
    "connect told bridge",
    "disconnect told bridge",
    "destroy told bridge",
  ]);
});
