// Isolation: between networks, internal networks, icc, several networks per container.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually, mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { fetching } from "../../support/fetch.ts";
import { Machine } from "../../support/machine.ts";
import { freePort } from "../../support/port.ts";
import {
  dig,
  fetchHere,
  fetchIn,
  inContainer,
  inspected,
  ipv4Of,
  ipv6Of,
  runContainer,
  runServer,
  serveUdpEcho,
} from "./support.ts";

let daemon: TestDaemon;
let outside: Machine;
const sleep = ["sleep", "1000"];

beforeAll(async () => {
  outside = await Machine.start();
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await outside.dispose();
  await daemon.dispose();
});

const createNetwork = (...words: string[]) => daemon.docker(["network", "create", ...words]);
const removeNetworks = (...names: string[]) => daemon.docker(["network", "rm", ...names]);
const remove = (...names: string[]) => daemon.docker(["rm", "-f", ...names]);

/** A page another machine serves, which containers with a way out can fetch. */
async function serveOutside(): Promise<() => void> {
  const child = Bun.spawn(["ip", "netns", "exec", outside.name, "python3", "-m", "http.server", "--bind", "::", "80"], {
    cwd: daemon.dataRoot,
    stdout: "ignore",
    stderr: "ignore",
  });
  await eventually("the other machine to serve", () => fetchHere(`http://${outside.address}/`));
  return () => child.kill();
}

/** Whether the address is reachable: a refused connection counts, a timeout does not. */
async function reaches(id: string, address: string): Promise<boolean> {
  const { stderr, code } = await inContainer(daemon, id, fetching(`http://${address}/`));
  return code === 0 || stderr.includes("refused");
}

test("isolates networks from each other in both families, but not their members", async () => {
  await createNetwork("left");
  await createNetwork("right");
  const server = await runServer(daemon, "server", ["--network", "left"]);
  const friend = await runContainer(daemon, ["--name", "friend", "--network", "left"], sleep);
  const stranger = await runContainer(daemon, ["--name", "stranger", "--network", "right"], sleep);
  const [ipv4, ipv6] = await Promise.all([ipv4Of(daemon, "server", "left"), ipv6Of(daemon, "server", "left")]);
  for (const address of [ipv4, `[${ipv6}]`]) {
    expect(await fetchIn(daemon, friend, `http://${address}/`)).toBe("hello from server\n");
    expect(await fetchIn(daemon, stranger, `http://${address}/`)).toBeUndefined();
    expect(await fetchHere(`http://${address}/`)).toBe("hello from server\n");
  }
  await daemon.docker(["network", "connect", "left", "stranger"]);
  expect(await fetchIn(daemon, stranger, `http://${ipv4}/`)).toBe("hello from server\n");
  await daemon.docker(["network", "disconnect", "left", "stranger"]);
  expect(await fetchIn(daemon, stranger, `http://${ipv4}/`)).toBeUndefined();
  await remove(server, friend, stranger);
  await removeNetworks("left", "right");
});

describe("external connectivity", () => {
  let stopServing: () => void;

  beforeAll(async () => {
    stopServing = await serveOutside();
  });

  afterAll(() => stopServing());

  test("uses the host's address, in both families", async () => {
    const id = await runContainer(daemon, ["--name", "goer"], sleep);
    expect(await reaches(id, outside.address)).toBe(true);
    expect(await reaches(id, `[${outside.address6}]`)).toBe(true);
    await remove(id);
  });

  test("is blocked in an internal network, whose members reach each other and the host", async () => {
    const port = await freePort();
    await createNetwork("--internal", "closed");
    const server = await runServer(daemon, "hidden", ["--network", "closed", "-p", `${port}:80`]);
    const member = await runContainer(daemon, ["--name", "member", "--network", "closed"], sleep);
    const address = await ipv4Of(daemon, "hidden", "closed");
    expect(await fetchIn(daemon, member, `http://${address}/`)).toBe("hello from hidden\n");
    expect(await fetchHere(`http://${address}/`)).toBe("hello from hidden\n");
    expect(await inspected(daemon, "hidden", "{{json .NetworkSettings.Ports}}")).toBe('{"80/tcp":null}');
    await inContainer(daemon, member, ["ip", "route", "add", "default", "via", address.replace(/\d+$/, "1")]);
    expect(await reaches(member, outside.address)).toBe(false);
    await remove(server, member);
    await removeNetworks("closed");
  });

  test("without masquerade uses the container's address", async () => {
    await createNetwork("-o", "com.docker.network.bridge.enable_ip_masquerade=false", "plain");
    const id = await runContainer(daemon, ["--name", "plain", "--network", "plain"], sleep);
    const address = await ipv4Of(daemon, "plain", "plain");
    const rules = await mustRun(["nft", "list", "set", "inet", `berth_${daemon.bridge}`, "masquerading4"]);
    expect(rules).not.toContain("br-");
    expect(await reaches(id, outside.address)).toBe(true);
    expect(address).not.toBe("");
    await remove(id);
    await removeNetworks("plain");
  });

  test("uses the network with the highest priority", async () => {
    await createNetwork("--subnet", "10.252.1.0/24", "aa");
    await createNetwork("--subnet", "10.252.2.0/24", "bb");
    const options = ["--network", "name=aa,gw-priority=1", "--network", "name=bb,gw-priority=5"];
    const id = await runContainer(daemon, ["--name", "both", ...options], sleep);
    const route = async () => (await inContainer(daemon, id, ["ip", "route", "show", "default"])).stdout.trim();
    expect(await route()).toContain("10.252.2.1");
    await daemon.docker(["network", "disconnect", "bb", "both"]);
    expect(await route()).toContain("10.252.1.1");
    await daemon.docker(["network", "connect", "--gw-priority", "9", "bb", "both"]);
    expect(await route()).toContain("10.252.2.1");
    await remove(id);
    await removeNetworks("aa", "bb");
  });
});

test("enable_icc=false isolates a network's containers, except their published ports", async () => {
  const port = await freePort();
  await createNetwork("-o", "com.docker.network.bridge.enable_icc=false", "apart");
  const server = await runServer(daemon, "alone", ["--network", "apart", "-p", `${port}:80`]);
  const other = await runContainer(daemon, ["--name", "neighbour", "--network", "apart"], sleep);
  const address = await ipv4Of(daemon, "alone", "apart");
  expect(await fetchIn(daemon, other, `http://${address}/`)).toBeUndefined();
  expect(await fetchHere(`http://${address}/`)).toBe("hello from alone\n");
  expect(await fetchIn(daemon, other, `http://${outside.hostAddress}:${port}/`)).toBe("hello from alone\n");
  await remove(server, other);
  await removeNetworks("apart");
});

describe("gateway modes", () => {
  const mode4 = "com.docker.network.bridge.gateway_mode_ipv4";
  const mode6 = "com.docker.network.bridge.gateway_mode_ipv6";
  const named = (name: string) => ["-o", `com.docker.network.bridge.name=${name}`];
  const addressesOf = async (bridge: string) => mustRun(["ip", "-o", "address", "show", "dev", bridge]);

  test("nat-unprotected opens containers' addresses to other machines but not to other networks", async () => {
    await createNetwork("-o", `${mode4}=nat-unprotected`, "unprotected");
    const server = await runServer(daemon, "server", ["--network", "unprotected"]);
    const stranger = await runContainer(daemon, ["--name", "stranger"], sleep);
    const [ipv4, ipv6] = await Promise.all([
      ipv4Of(daemon, "server", "unprotected"),
      ipv6Of(daemon, "server", "unprotected"),
    ]);
    expect(await outside.fetch(`http://${ipv4}/`)).toBe("hello from server\n");
    expect(await outside.fetch(`http://[${ipv6}]/`)).toBeUndefined();
    expect(await fetchIn(daemon, stranger, `http://${ipv4}/`)).toBeUndefined();
    await remove(server, stranger);
    await removeNetworks("unprotected");
  });

  test("routed opens published ports at containers' addresses to other machines and networks", async () => {
    const port = await freePort();
    await createNetwork("-o", `${mode4}=routed`, "routed");
    await createNetwork("left");
    await runServer(daemon, "server", ["--network", "routed", "-p", `${port}:80`]);
    const closed = await runServer(daemon, "closed", ["--network", "routed"]);
    const stranger = await runContainer(daemon, ["--name", "stranger", "--network", "left"], sleep);
    const [ipv4, ipv6, closedIpv4] = await Promise.all([
      ipv4Of(daemon, "server", "routed"),
      ipv6Of(daemon, "server", "routed"),
      ipv4Of(daemon, "closed", "routed"),
    ]);
    expect(await inspected(daemon, "server", "{{json .NetworkSettings.Ports}}")).toBe(
      `{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":""},{"HostIp":"::","HostPort":"${port}"}]}`,
    );
    expect(await outside.fetch(`http://${ipv4}/`)).toBe("hello from server\n");
    expect(await fetchIn(daemon, stranger, `http://${ipv4}/`)).toBe("hello from server\n");
    expect(await fetchIn(daemon, closed, `http://${ipv4}/`)).toBe("hello from server\n");
    expect(await outside.fetch(`http://${closedIpv4}/`)).toBeUndefined();
    expect(await outside.fetch(`http://${ipv4}:8080/`)).toBeUndefined();
    const pinged = await outside.run(["busybox", "ping", "-c", "1", "-W", "5", closedIpv4]);
    expect(pinged).toMatchObject({ code: 0, stderr: "" });
    // The port of the host is only the other family's.
    expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBeUndefined();
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBeUndefined();
    expect(await outside.fetch(`http://[${outside.hostAddress6}]:${port}/`)).toBe("hello from server\n");
    expect(await outside.fetch(`http://[${ipv6}]/`)).toBeUndefined();
    await remove("server", "closed", "stranger");
    await removeNetworks("routed", "left");
  });

  test("routed in both families uses no host ports and exposes the containers' addresses", async () => {
    const port = await freePort();
    await createNetwork("-o", `${mode4}=routed`, "-o", `${mode6}=routed`, "routed");
    const publish = ["-p", `${port}:80`, "-p", "127.0.0.1::90-95"];
    await runServer(daemon, "one", ["--network", "routed", ...publish]);
    const two = await runServer(daemon, "two", ["--network", "routed", ...publish]);
    const [ipv4, ipv6] = await Promise.all([ipv4Of(daemon, "two", "routed"), ipv6Of(daemon, "two", "routed")]);
    for (const address of [ipv4, `[${ipv6}]`]) {
      expect(await outside.fetch(`http://${address}/`)).toBe("hello from two\n");
    }
    const listed = await daemon.docker(["ps", "--no-trunc", "--filter", "name=two", "--format", "{{.Ports}}"]);
    expect(listed.stdout).not.toContain(String(port));
    const tellClient = "import socket; print(socket.create_server(('', 81)).accept()[1][0])";
    const listener = Bun.spawn(["ip", "netns", "exec", outside.name, "timeout", "30", "python3", "-c", tellClient], {
      stdout: "pipe",
    });
    await eventually("the other machine to be asked", async () => {
      const ask = `import socket; socket.create_connection(("${outside.address}", 81), 1)`;
      return (await inContainer(daemon, two, ["python3", "-c", ask])).code === 0;
    });
    expect((await new Response(listener.stdout).text()).trim()).toBe(ipv4);
    await remove("one", "two");
    await removeNetworks("routed");
  });

  test("a container moved from a routed network publishes on the host", async () => {
    const port = await freePort();
    await createNetwork("-o", `${mode4}=routed`, "-o", `${mode6}=routed`, "routed");
    await createNetwork("usual");
    await runServer(daemon, "mover", ["--network", "routed", "-p", `${port}:80`]);
    await daemon.docker(["network", "connect", "--gw-priority", "5", "usual", "mover"]);
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBe("hello from mover\n");
    await daemon.stop("SIGKILL");
    await daemon.start();
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBe("hello from mover\n");
    await daemon.docker(["network", "disconnect", "usual", "mover"]);
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBeUndefined();
    const ipv4 = await ipv4Of(daemon, "mover", "routed");
    expect(await outside.fetch(`http://${ipv4}/`)).toBe("hello from mover\n");
    await daemon.stop("SIGKILL");
    await daemon.start();
    expect(await outside.fetch(`http://${ipv4}/`)).toBe("hello from mover\n");
    await remove("mover");
    await removeNetworks("routed", "usual");
  });

  test("isolated gives the host no address on an internal network", async () => {
    const bridge = `${daemon.bridge.slice(0, 13)}i`;
    await createNetwork(
      "--internal",
      "-o",
      `${mode4}=isolated`,
      "-o",
      `${mode6}=isolated`,
      ...named(bridge),
      "isolated",
    );
    const server = await runServer(daemon, "server", ["--network", "isolated"]);
    const friend = await runContainer(daemon, ["--name", "friend", "--network", "isolated"], sleep);
    expect(await addressesOf(bridge)).not.toMatch(/inet |scope global/);
    expect(await inspected(daemon, "isolated", "{{range .IPAM.Config}}{{.Gateway}}{{end}}")).toBe("");
    const address = await ipv4Of(daemon, "server", "isolated");
    expect(await fetchIn(daemon, friend, `http://${address}/`)).toBe("hello from server\n");
    expect(await mustRun(["ip", "route", "show", "dev", bridge])).toBe("");
    await remove(server, friend);
    await removeNetworks("isolated");
  });

  test("inhibit_ipv4 gives the bridge no IPv4 address", async () => {
    const bridge = `${daemon.bridge.slice(0, 13)}j`;
    await createNetwork("-o", "com.docker.network.bridge.inhibit_ipv4=true", ...named(bridge), "inhibited");
    expect(await addressesOf(bridge)).not.toContain("inet ");
    await removeNetworks("inhibited");
  });
});

test("host_binding_ipv4 is the default address of published ports", async () => {
  const port = await freePort();
  await createNetwork("-o", `com.docker.network.bridge.host_binding_ipv4=${outside.hostAddress}`, "bound");
  await runServer(daemon, "bound", ["--network", "bound", "-p", `${port}:80`]);
  expect(await fetchHere(`http://${outside.hostAddress}:${port}/`)).toBe("hello from bound\n");
  expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBeUndefined();
  await remove("bound");
  await removeNetworks("bound");
});

test("published ports move with the gateway network", async () => {
  const port = await freePort();
  await createNetwork("first");
  await createNetwork("second");
  await runServer(daemon, "moving", ["--network", "first", "-p", `${port}:80`]);
  const page = () => outside.fetch(`http://${outside.hostAddress}:${port}/`);
  // Its way out from here on, whatever the names.
  await daemon.docker(["network", "connect", "--gw-priority", "1", "second", "moving"]);
  expect(await page()).toBe("hello from moving\n");
  await daemon.docker(["network", "disconnect", "second", "moving"]);
  expect(await page()).toBe("hello from moving\n");
  await daemon.docker(["network", "connect", "second", "moving"]);
  await daemon.docker(["network", "disconnect", "first", "moving"]);
  expect(await eventually("the page", page)).toBe("hello from moving\n");
  expect(await fetchHere(`http://[::1]:${port}/`)).toBe("hello from moving\n");
  await daemon.docker(["network", "disconnect", "second", "moving"]);
  expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBeUndefined();
  await daemon.docker(["network", "connect", "first", "moving"]);
  expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBe("hello from moving\n");
  await remove("moving");
  await removeNetworks("first", "second");
});

test("--network container: shares everything", async () => {
  const server = await runServer(daemon, "owner");
  const { stdout } = await daemon.docker([
    "run",
    "--rm",
    "--network",
    "container:owner",
    "busybox",
    "wget",
    "-qO-",
    "http://127.0.0.1/",
  ]);
  expect(stdout).toBe("hello from owner\n");
  await remove(server);
});

test("fixed addresses, MAC address, link-local addresses, MTU and an ip-range", async () => {
  const subnets = ["--subnet", "10.252.3.0/24", "--ip-range", "10.252.3.128/25", "--aux-address", "a=10.252.3.129"];
  await createNetwork(
    ...subnets,
    "--subnet",
    "fd42:252::/64",
    "--ipv6",
    "-o",
    "com.docker.network.driver.mtu=1400",
    "fixed",
  );
  const wishes = ["--ip", "10.252.3.9", "--ip6", "fd42:252::9", "--mac-address", "02:00:00:00:00:09"];
  const id = await runContainer(
    daemon,
    ["--name", "wisher", "--network", "fixed", ...wishes, "--link-local-ip", "169.254.3.3"],
    sleep,
  );
  const { stdout: shown } = await inContainer(daemon, id, ["ip", "address", "show", "eth0"]);
  for (const text of ["10.252.3.9/24", "fd42:252::9/64", "02:00:00:00:00:09", "169.254.3.3/16", "mtu 1400"]) {
    expect(shown).toContain(text);
  }
  await runContainer(daemon, ["--name", "ranged", "--network", "fixed"], sleep);
  expect(await ipv4Of(daemon, "ranged", "fixed")).toBe("10.252.3.130");
  const taken = await daemon.docker(["run", "--rm", "--network", "fixed", "--ip", "10.252.3.9", "busybox", "true"]);
  expect(taken.stderr).toContain("Address already in use");
  const beyond = await daemon.docker(["run", "--rm", "--network", "fixed", "--ip", "10.1.1.1", "busybox", "true"]);
  expect(beyond.stderr).toContain("no configured subnet or ip-range contain the IP address 10.1.1.1");
  await remove("wisher", "ranged");
  await removeNetworks("fixed");
});

test("an interface's name and kernel options", async () => {
  await createNetwork("-o", "com.docker.network.container_iface_prefix=wan", "named");
  const sysctls = "com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1";
  const id = await runContainer(daemon, ["--name", "one", "--network", `name=named,driver-opt=${sysctls}`], sleep);
  expect((await inContainer(daemon, id, ["sysctl", "-n", "net.ipv4.conf.wan0.log_martians"])).stdout).toBe("1\n");
  await daemon.docker([
    "network",
    "connect",
    "--driver-opt",
    "com.docker.network.endpoint.ifname=mine",
    "bridge",
    "one",
  ]);
  expect((await inContainer(daemon, id, ["ip", "-br", "link", "show", "mine"])).code).toBe(0);
  await createNetwork("third");
  const again = ["network", "connect", "--driver-opt", "com.docker.network.endpoint.ifname=mine", "third", "one"];
  expect((await daemon.docker(again)).stderr).toContain('error renaming interface to "mine": file exists');
  const other = "com.docker.network.endpoint.sysctls=net.ipv4.ip_forward=1";
  const refused = await daemon.docker([
    "run",
    "--rm",
    "--network",
    `name=named,driver-opt=${other}`,
    "busybox",
    "true",
  ]);
  expect(refused.stderr).toContain("unrecognised network interface sysctl 'net.ipv4.ip_forward=1'");
  await remove("one");
  await removeNetworks("named", "third");
});

test("a container that turns IPv6 off has no IPv6 address, nor a name for one", async () => {
  await createNetwork("six", "--ipv6");
  const options = ["--network", "six", "--sysctl", "net.ipv6.conf.all.disable_ipv6=1"];
  const without = await runContainer(daemon, ["--name", "without", ...options], sleep);
  const beside = await runContainer(daemon, ["--name", "beside", "--network", "six"], sleep);
  const format = "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}";
  expect(await inspected(daemon, "without", format)).toBe("");
  expect(await inspected(daemon, "beside", format)).toStartWith("fd");
  expect(await dig(daemon, beside, "AAAA", "without")).toEqual([]);
  expect(await dig(daemon, beside, "A", "without")).toHaveLength(1);
  expect((await inContainer(daemon, without, ["ip", "-6", "address", "show", "eth0"])).stdout).toBe("");
  await remove("without", "beside");
  await removeNetworks("six");
});

test("UDP between members of a network", async () => {
  await createNetwork("talk");
  const server = await runContainer(daemon, ["--name", "echo", "--network", "talk"], sleep);
  const endEcho = serveUdpEcho(daemon, server);
  const client = await runContainer(daemon, ["--network", "talk"], sleep);
  const script = `import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); s.sendto(b"ping", ("${await ipv4Of(daemon, "echo", "talk")}", 5353)); print(s.recvfrom(9)[0].decode())`;
  await eventually(
    "the echo",
    async () => (await inContainer(daemon, client, ["python3", "-c", script])).stdout === "ping\n",
  );
  await endEcho();
  await remove(server, client);
  await removeNetworks("talk");
});
