// Leftovers of networks: after containers, after networks, after the engine, after a crash.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually, mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { kernelHas } from "../../support/kernel.ts";
import { freePort } from "../../support/port.ts";
import { lacks } from "../../support/requirement.ts";
import { fetchHere, inContainer, inspected, ipv4Of, runContainer, runServer } from "./support.ts";

let daemon: TestDaemon;
const sleep = ["sleep", "1000"];

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon.dispose());

const table = () => `berth_${daemon.bridge}`;
const namespaces = () => readdirSync(join(daemon.execRoot, "netns"));

/** The veths that are ports of a bridge. */
async function portsOf(bridge: string): Promise<string[]> {
  const { stdout } = await command(["ip", "-o", "link", "show", "master", bridge]);
  return stdout.split("\n").filter(Boolean);
}

async function elements(set: string): Promise<string> {
  return mustRun(["nft", "list", set.startsWith("published") ? "map" : "set", "inet", table(), set]);
}

test("a process that still uses a container's namespace does not keep its port", async () => {
  const id = await runContainer(daemon, [], sleep);
  const before = (await portsOf(daemon.bridge)).length;
  const path = join(daemon.execRoot, "netns", id);
  await using outside = Bun.spawn(["nsenter", `--net=${path}`, "sh", "-c", "echo inside; exec sleep 1000"], {
    stdout: "pipe",
  });
  await outside.stdout.getReader().read();
  await daemon.docker(["rm", "-f", id]);
  await eventually("the port to be deleted", async () => (await portsOf(daemon.bridge)).length === before - 1);
  outside.kill("SIGKILL");
});

test("a stopped container leaves nothing", async () => {
  const port = await freePort();
  await runServer(daemon, "gone", ["-p", `${port}:80`]);
  expect(await elements("published4")).toContain(String(port));
  expect((await portsOf(daemon.bridge)).length).toBe(1);
  const address = await ipv4Of(daemon, "gone", "bridge");
  await daemon.docker(["rm", "-f", "gone"]);
  expect(namespaces()).toEqual([]);
  for (const set of ["published4", "published6", "own4", "own6"]) expect(await elements(set)).not.toContain("elements");
  await eventually("the kernel to remove the veth", async () => (await portsOf(daemon.bridge)).length === 0);
  await runContainer(daemon, ["--name", "next"], sleep);
  expect(await ipv4Of(daemon, "next", "bridge")).toBe(address);
  await daemon.docker(["rm", "-f", "next"]);
});

test("a failed start leaves nothing", async () => {
  const failed = await daemon.docker(["run", "--rm", "-p", "127.0.0.1::80", "busybox", "no-such-program"]);
  expect(failed.code).toBe(127);
  expect(namespaces()).toEqual([]);
  expect(await elements("published4at")).not.toContain("elements");
});

test("a removed network leaves nothing", async () => {
  const { stdout } = await daemon.docker(["network", "create", "brief"]);
  const bridge = `br-${stdout.slice(0, 12)}`;
  expect(existsSync(`/sys/class/net/${bridge}`)).toBe(true);
  expect(await elements("bridges")).toContain(bridge);
  await daemon.docker(["network", "rm", "brief"]);
  expect(existsSync(`/sys/class/net/${bridge}`)).toBe(false);
  expect(await elements("bridges")).not.toContain(bridge);
});

test("after a crash keeps running containers' resources and frees others", async () => {
  const port = await freePort();
  await runServer(daemon, "kept", ["-p", `${port}:80`]);
  await runContainer(daemon, ["--name", "lost"], sleep);
  const [kept, lost] = await Promise.all(["kept", "lost"].map((name) => ipv4Of(daemon, name, "bridge")));
  const pid = Number(await inspected(daemon, "lost", "{{.State.Pid}}"));
  await daemon.stop("SIGKILL");
  process.kill(pid, "SIGKILL");
  await daemon.start();
  expect(await ipv4Of(daemon, "kept", "bridge")).toBe(kept ?? "");
  expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBe("hello from kept\n");
  await eventually(
    "the lost one to be seen",
    async () => (await inspected(daemon, "lost", "{{.State.Status}}")) === "exited",
  );
  await eventually("its namespace to go", () => namespaces().length === 1);
  await runContainer(daemon, ["--name", "next"], sleep);
  expect(await ipv4Of(daemon, "next", "bridge")).toBe(lost ?? "");
  await daemon.docker(["rm", "-f", "kept", "lost", "next"]);
});

const ROUNDS = 6;
/** The interface that networks without a bridge are on. */
const PARENT = `bp${process.pid}`;

describe.each(["bridge", "macvlan", "ipvlan"] as const)("a network of the driver %s", (driver) => {
  const onParent = driver !== "bridge";
  test.skipIf(onParent && lacks(`${driver} in the kernel`, kernelHas[driver]))(
    "that a container is joining or leaving when the engine is killed: the container has what the next engine says",
    async () => {
      if (onParent) await mustRun(["ip", "link", "add", PARENT, "type", "veth", "peer", "name", `${PARENT}o`]);
      const options = onParent ? ["-d", driver, "-o", `parent=${PARENT}`] : [];
      await daemon.docker(["network", "create", ...options, "--subnet", "10.252.9.0/24", "wire"]);
      const id = await runContainer(daemon, ["--name", "joiner"], sleep);
      const interfaces = `/proc/${await inspected(daemon, "joiner", "{{.State.Pid}}")}/net/dev`;
      const isJoined = (): boolean => readFileSync(interfaces, "utf8").includes("eth1:");
      for (let round = 0; round < ROUNDS; round++) {
        const [way, isChanged] = isJoined() ? ["disconnect", () => !isJoined()] : ["connect", isJoined];
        const answered = daemon.request("POST", `/networks/wire/${way}`, { Container: "joiner" }).catch(() => {});
        // As early as it can be seen from outside: the engine has more to do then.
        while (!isChanged()) await new Promise(setImmediate);
        await daemon.stop("SIGKILL");
        await answered;
        await daemon.start();
        await eventually("kernel and engine to agree", async () => {
          const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
          const told = (await inspected(daemon, "joiner", format)).split(" ").filter(Boolean);
          const { stdout } = await inContainer(daemon, id, ["ip", "-j", "address"]);
          const links: { ifname: string; addr_info: { family: string; local: string }[] }[] = JSON.parse(stdout);
          const found = links
            .filter(({ ifname }) => ifname !== "lo")
            .map(({ addr_info }) => addr_info.find(({ family }) => family === "inet")?.local);
          return Bun.deepEquals(told.sort(), found.sort());
        });
      }
      await daemon.docker(["rm", "-f", "joiner"]);
      await daemon.docker(["network", "rm", "wire"]);
      if (onParent) await mustRun(["ip", "link", "del", PARENT]);
    },
  );
});

test("the engine removes orphaned namespaces, interfaces and rules at its start", async () => {
  await daemon.stop("SIGKILL");
  const stray = join(daemon.execRoot, "netns", "stray");
  await mustRun(["touch", stray]);
  await mustRun(["unshare", "-n", "mount", "--bind", "/proc/self/ns/net", stray]);
  await mustRun(["ip", "link", "add", "straybt0", "type", "veth", "peer", "name", "straybt1"]);
  await mustRun(["ip", "link", "set", "straybt0", "master", daemon.bridge]);
  await mustRun(["nft", `add element inet ${table()} published4 { tcp . 9 : 10.0.0.1 . 9 }`]);
  await mustRun(["nft", "delete", "table", "inet", table()]);
  await daemon.start();
  expect(namespaces()).toEqual([]);
  await eventually("the interface to go", () => !existsSync("/sys/class/net/straybt0"));
  expect(await elements("published4")).not.toContain("elements");
});

test("replaces the table of another Berth version, keeps the administrator's rules", async () => {
  await daemon.stop("SIGKILL");
  const older = `table inet ${table()} {
    chain user { tcp dport 7 drop
    }
    chain forward { type filter hook forward priority 5; policy accept; }
    set bridges { type ipv4_addr; }
  }
  `;
  await mustRun(["nft", "-f", "-"], { input: `delete table inet ${table()}\n${older}` });
  await daemon.start();
  expect(await mustRun(["nft", "list", "chain", "inet", table(), "user"])).toContain("tcp dport 7 drop");
  expect(await elements("bridges")).toContain(daemon.bridge);
  await mustRun(["nft", "flush", "chain", "inet", table(), "user"]);
});

test("recreates a deleted bridge for the next container", async () => {
  await mustRun(["ip", "link", "del", daemon.bridge]);
  const id = await runServer(daemon, "again");
  expect(await fetchHere(`http://${await ipv4Of(daemon, "again", "bridge")}/`)).toBe("hello from again\n");
  await daemon.docker(["rm", "-f", id]);
});

test("an engine stopped without containers leaves no interface and no table", async () => {
  await daemon.docker(["network", "create", "kept"]);
  await daemon.stop();
  expect(existsSync(`/sys/class/net/${daemon.bridge}`)).toBe(false);
  expect(await mustRun(["nft", "list", "tables"])).not.toContain(table());
  await daemon.start();
  const { stdout } = await daemon.docker(["network", "inspect", "--format", "{{.Name}}", "kept"]);
  expect(stdout).toBe("kept\n");
  expect((await daemon.docker(["run", "--rm", "--network", "kept", "busybox", "true"])).code).toBe(0);
});

test("thirty concurrent containers get distinct addresses and leave nothing", async () => {
  const runs = Array.from({ length: 30 }, () =>
    daemon.docker(["run", "--rm", "busybox", "ip", "-4", "-o", "address", "show", "eth0"]),
  );
  const results = await Promise.all(runs);
  expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
  await eventually("their namespaces to go", () => namespaces().length === 0);
  await eventually("their veths to go", async () => (await portsOf(daemon.bridge)).length === 0);
});
