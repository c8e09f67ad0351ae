// The default bridge follows the configuration at every start.
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, mustRun } from "../../support/command.ts";
import { startDaemon, TestDaemon } from "../../support/daemon.ts";
import { freePort } from "../../support/port.ts";
import { fetchHere, fetchIn, inspected, ipv4Of, runContainer, runServer } from "./support.ts";

/** Not that of the same test in another process. */
const net = `10.247.${process.pid % 250}`;

/** Changes the daemon's file, which it reads when it starts. */
function configure(daemon: TestDaemon, changes: Record<string, unknown>): void {
  const path = join(daemon.directory, "daemon.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
}

const option = (daemon: TestDaemon, name: string) => inspected(daemon, "bridge", `{{index .Options "${name}"}}`);

test("reads icc, ip, fixed-cidr, mtu and default network options from daemon.json", async () => {
  await using daemon = await startDaemon({
    config: {
      bip: `${net}.1/24`,
      "fixed-cidr": `${net}.128/25`,
      "fixed-cidr-v6": "fd47:bead::/64",
      icc: false,
      ip: "127.0.0.1",
      mtu: 1400,
      "userland-proxy": true,
      "default-network-opts": { bridge: { "com.docker.network.driver.mtu": "1300" } },
      "host-gateway-ips": ["192.0.2.7", "2001:db8::7"],
    },
  });
  await daemon.importBusybox();
  const port = await freePort();
  const server = await runServer(daemon, "server", ["-p", `${port}:80`]);
  const address = await ipv4Of(daemon, "server", "bridge");
  expect(address).toBe(`${net}.128`);
  expect(await inspected(daemon, "server", "{{.NetworkSettings.Networks.bridge.GlobalIPv6Address}}")).toBe(
    "fd47:bead::2",
  );
  expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBe("hello from server\n");
  expect(await fetchHere(`http://${net}.1:${port}/`)).toBeUndefined();
  const other = await runContainer(daemon, ["--add-host", "gate:host-gateway"], ["sleep", "1000"]);
  expect(await fetchIn(daemon, other, `http://${address}/`)).toBeUndefined();
  const { stdout: hosts } = await daemon.docker(["exec", other, "cat", "/etc/hosts"]);
  expect(hosts).toContain("192.0.2.7\tgate\n2001:db8::7\tgate\n");
  await daemon.docker(["network", "create", "small"]);
  const { stdout } = await daemon.docker([
    "run",
    "--rm",
    "--network",
    "small",
    "busybox",
    "ip",
    "link",
    "show",
    "eth0",
  ]);
  expect(stdout).toContain("mtu 1300");
  await daemon.docker(["rm", "-f", server, other]);
});

test("changes apply at the next start, except subnets while containers are connected", async () => {
  await using daemon = await startDaemon();
  await daemon.importBusybox();
  const before = await inspected(daemon, "bridge", "{{.Id}} {{(index .IPAM.Config 0).Subnet}}");
  await runContainer(daemon, ["--name", "staying"], ["sleep", "1000"]);
  configure(daemon, { bip: `${net}.1/24`, icc: false, "ip-masq": false });
  await daemon.crashAndRestart();
  expect(await inspected(daemon, "bridge", "{{.Id}} {{(index .IPAM.Config 0).Subnet}}")).toBe(before);
  expect(await option(daemon, "com.docker.network.bridge.enable_icc")).toBe("false");
  expect(await option(daemon, "com.docker.network.bridge.enable_ip_masquerade")).toBe("false");
  await daemon.docker(["rm", "-f", "staying"]);
  await daemon.crashAndRestart();
  expect(await inspected(daemon, "bridge", "{{.Id}} {{(index .IPAM.Config 0).Subnet}}")).toBe(
    before.replace(/ .*/, ` ${net}.0/24`),
  );
  const shown = await mustRun(["ip", "-4", "-o", "address", "show", "dev", daemon.bridge]);
  expect(shown.match(/inet [^ ]+/g)).toEqual([`inet ${net}.1/24`]);
  await runContainer(daemon, ["--name", "new"], ["sleep", "1000"]);
  expect(await ipv4Of(daemon, "new", "bridge")).toBe(`${net}.2`);
});

test("keeps a bridge that existed before the engine, with its ports", async () => {
  const name = `own${process.pid}`;
  const port = `ext${process.pid}`;
  await mustRun(["ip", "link", "add", name, "type", "bridge"]);
  try {
    await using daemon = await startDaemon({ config: { bridge: name, bip: `${net}.1/24` } });
    await daemon.importBusybox();
    expect((await daemon.docker(["run", "--rm", "busybox", "true"])).code).toBe(0);
    // A container of another engine on the same bridge.
    await mustRun(["ip", "link", "add", port, "master", name, "type", "veth", "peer", "name", `${port}p`]);
    await daemon.crashAndRestart();
    expect((await daemon.docker(["run", "--rm", "busybox", "true"])).code).toBe(0);
    await daemon.stop();
    expect(await mustRun(["ip", "link", "show", name])).toContain(name);
    expect(await mustRun(["ip", "link", "show", "master", name])).toContain(port);
  } finally {
    await mustRun(["ip", "link", "del", port]).catch(() => {});
    await mustRun(["nft", "delete", "table", "inet", `berth_${name}`]).catch(() => {});
    await mustRun(["ip", "link", "del", name]);
  }
});

test("a bridge or exec root with running containers cannot be used by another data root", async () => {
  await using owner = await startDaemon();
  await owner.importBusybox();
  const port = await freePort();
  await runServer(owner, "kept", ["-p", `${port}:80`]);
  await owner.stop();
  await using other = new TestDaemon({ config: { bridge: owner.bridge } });
  expect(await other.start().catch(String)).toContain(
    `the bridge ${owner.bridge} belongs to the data root ${owner.dataRoot}, whose containers are still running: ` +
      "stop them with a daemon of that data root, or give this one its own --bridge",
  );
  const argv = [...other.commandLine(), "--exec-root", owner.execRoot];
  expect((await command([...argv, "-H", `unix://${other.socket}`])).stderr).toContain(
    `the exec root ${owner.execRoot} belongs to the data root ${owner.dataRoot}, whose containers are still running`,
  );
  expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBe("hello from kept\n");
  await owner.start();
  await owner.docker(["rm", "-f", "kept"]);
  await owner.stop("SIGKILL");
  // The records of a daemon that was killed do not count once no container runs.
  await other.start();
});
