// The engine is killed repeatedly during network operations. Afterwards, the kernel's state must match the engine's,
// and removing everything must leave nothing.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { Machine } from "../../support/machine.ts";

const ROUNDS = 12;
const CONTAINERS = ["c0", "c1", "c2", "c3"];
const NETWORKS = ["n0", "n1", "n2"];

/** A separate host, so that all its interfaces and rules belong to the engine. */
let host: Machine;
let daemon: TestDaemon;

beforeAll(async () => {
  host = await Machine.start();
  daemon = await startDaemon({ prefix: ["nsenter", `--net=/run/netns/${host.name}`] });
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon.dispose();
  await host.dispose();
});

const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)];

/** One thing a client may ask for; most of them are refused now and then, as they meet each other. */
async function something(): Promise<unknown> {
  const [container, network] = [pick(CONTAINERS), pick(NETWORKS)];
  const number = CONTAINERS.indexOf(container ?? "");
  const HostConfig = {
    NetworkMode: pick(["bridge", network]),
    PortBindings: { "80/tcp": [{ HostPort: String(8000 + number) }], "53/udp": [{ HostPort: String(5000 + number) }] },
  };
  const requests: [string, string, unknown?][] = [
    ["POST", "/networks/create", { Name: network }],
    ["DELETE", `/networks/${network}`],
    ["POST", `/networks/${network}/connect`, { Container: container }],
    ["POST", `/networks/${network}/disconnect`, { Container: container, Force: true }],
    ["POST", `/containers/create?name=${container}`, { Image: "busybox", Cmd: ["sleep", "100000"], HostConfig }],
    ["POST", `/containers/create?name=${container}`, { Image: "busybox", Cmd: ["sleep", "100000"], HostConfig }],
    ["POST", `/containers/${container}/start`],
    ["POST", `/containers/${container}/start`],
    ["POST", `/containers/${container}/start`],
    ["POST", `/networks/${network}/connect`, { Container: container }],
    ["POST", `/containers/${container}/restart?t=0`],
    ["DELETE", `/containers/${container}?force=1`],
  ];
  const [method, path, body] = pick(requests) ?? [];
  return daemon.request(method ?? "", path ?? "", body);
}

/** Clients that send one request after another until the engine exits. */
async function storm(milliseconds: number): Promise<void> {
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) await something().catch(() => {});
  };
  const clients = Array.from({ length: 4 }, client);
  await Bun.sleep(milliseconds);
  await daemon.stop("SIGKILL");
  isOver = true;
  await Promise.all(clients);
}

async function jsonOf(argv: string[]): Promise<unknown[]> {
  const parsed: unknown = JSON.parse((await host.run(argv)).stdout || "[]");
  return Array.isArray(parsed) ? parsed : [];
}

async function linesOf(...words: string[]): Promise<string[]> {
  return (await daemon.docker(words)).stdout.split("\n").filter(Boolean).sort();
}

/** There is no directory for them before the first container. */
function namespaces(): string[] {
  const directory = join(daemon.execRoot, "netns");
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** The kernel's state, in the form of {@link recorded}. */
async function found() {
  const links = (await jsonOf(["ip", "-j", "-d", "link"])).map((link) => JSON.parse(JSON.stringify(link)));
  const kindOf = (kind: string) => links.filter(({ linkinfo }) => linkinfo?.info_kind === kind);
  const elements = async (set: string) => {
    const { stdout } = await host.run(["nft", "-j", "list", "set", "inet", `berth_${daemon.bridge}`, set]);
    const list = JSON.parse(stdout).nftables.find((entry: { set?: { elem?: unknown[] } }) => entry.set)?.set?.elem;
    return Array.isArray(list) ? list.length : 0;
  };
  const { stdout } = await host.run(["nft", "list", "map", "inet", `berth_${daemon.bridge}`, "published4"]);
  return {
    bridges: kindOf("bridge")
      .map(({ ifname }) => String(ifname))
      .sort(),
    ports: kindOf("veth").filter(({ ifname, master }) => ifname !== "eth0" && master).length,
    bridgesInRules: await elements("bridges"),
    published: [...stdout.matchAll(/(tcp|udp) \. (\d+) : ([\d.]+) \. \d+/g)]
      .map(([, ...parts]) => parts.join(" "))
      .sort(),
    namespaces: namespaces(),
  };
}

/** What the engine says there is. */
async function recorded() {
  const networks = await linesOf(
    "network",
    "ls",
    "--no-trunc",
    "--filter",
    "driver=bridge",
    "--format",
    "{{.ID}} {{.Name}}",
  );
  const bridges = networks.map((line) => (line.endsWith(" bridge") ? daemon.bridge : `br-${line.slice(0, 12)}`));
  const ids = await linesOf("ps", "-q", "--no-trunc");
  const details = ids.length === 0 ? [] : JSON.parse((await daemon.docker(["inspect", ...ids])).stdout);
  const published: string[] = [];
  let ports = 0;
  for (const { NetworkSettings, HostConfig } of details) {
    const endpoints: { IPAddress: string }[] = Object.values(NetworkSettings.Networks);
    ports += endpoints.length;
    for (const [port, bindings] of Object.entries(NetworkSettings.Ports)) {
      for (const { HostIp, HostPort } of Array.isArray(bindings) ? bindings : []) {
        if (HostIp !== "0.0.0.0") continue;
        published.push(`${port.split("/")[1]} ${HostPort}`);
        expect(HostConfig.PortBindings[port]).toMatchObject([{ HostPort }]);
      }
    }
  }
  return {
    bridges: bridges.sort(),
    ports,
    bridgesInRules: bridges.length,
    published: published.sort(),
    namespaces: ids,
  };
}

async function agreement(): Promise<boolean> {
  const [kernel, engine] = [await found(), await recorded()];
  const published = kernel.published.map((entry) => entry.split(" ").slice(0, 2).join(" "));
  return Bun.deepEquals({ ...kernel, published }, engine);
}

/** Every running container has its own addresses, and each answers to its name on the networks of the user's. */
async function checkAddresses(): Promise<void> {
  const ids = await linesOf("ps", "-q", "--no-trunc");
  const seen = new Set<string>();
  for (const id of ids) {
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}} {{end}}";
    const [line = ""] = await linesOf("inspect", "--format", format, id);
    const inside = (await daemon.docker(["exec", id, "ip", "-4", "-o", "address"])).stdout;
    for (const address of line.trim().split(" ").filter(Boolean)) {
      expect(seen.has(address)).toBe(false);
      seen.add(address);
      expect(inside).toContain(address);
    }
    expect(inside.split("\n").filter((entry) => entry.includes("eth")).length).toBe(
      line.trim().split(" ").filter(Boolean).length,
    );
  }
}

test("engine and kernel agree after a crash at any point", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await storm(100 + Math.random() * 900);
    await daemon.start();
    await eventually("engine and kernel to agree", agreement).catch(async (thrown: unknown) => {
      expect(await found()).toEqual(await recorded());
      throw thrown;
    });
    await checkAddresses();
  }
}, 300_000);

test("leaves nothing after removing everything", async () => {
  for (const id of await linesOf("ps", "-aq")) await daemon.docker(["rm", "-f", id]);
  await daemon.docker(["network", "prune", "-f"]);
  await daemon.stop();
  const links = async () => (await host.run(["ip", "-o", "link"])).stdout.split("\n").filter(Boolean);
  await eventually("the interfaces to go", async () => (await links()).length === 2);
  expect((await host.run(["nft", "list", "tables"])).stdout).toBe("");
  expect(namespaces()).toEqual([]);
  await daemon.start();
});
