// Coexistence with other firewalls: a real Docker, and one that drops unknown traffic.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, eventually, mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { fetching } from "../../support/fetch.ts";
import { killAllOf, unmountAllUnder } from "../../support/leaks.ts";
import { Machine } from "../../support/machine.ts";
import { lacks } from "../../support/requirement.ts";
import { fetchHere, inContainer, ipv4Of, runContainer, runServer } from "./support.ts";

const PORT = 8080;
const sleep = ["sleep", "1000"];

/** A separate network namespace for the engines, seen from here as by other machines. */
let host: Machine;
let daemon: TestDaemon;

async function startHost(): Promise<void> {
  host = await Machine.start();
  daemon = await startDaemon({ prefix: ["nsenter", `--net=/run/netns/${host.name}`] });
  await daemon.importBusybox();
}

async function stopHost(): Promise<void> {
  await daemon.dispose();
  await host.dispose();
}

const CURL_REFUSED = 7;

/** Whether a container reaches this host: its connection is refused instead of timing out. */
async function getsOut(id: string): Promise<boolean> {
  const words = fetching(`http://${host.hostAddress}:9/`);
  return (await inContainer(daemon, id, words)).code === CURL_REFUSED;
}

describe.skipIf(lacks("dockerd", Bun.which("dockerd") !== null))("Docker", () => {
  const directory = mkdtempSync(join(tmpdir(), "berth-neighbour-"));
  let docker: Bun.Subprocess;

  async function startDocker(): Promise<void> {
    const roots = ["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")];
    const files = ["-p", join(directory, "pid"), "-H", `unix://${join(directory, "docker.sock")}`];
    docker = Bun.spawn(["nsenter", `--net=/run/netns/${host.name}`, "dockerd", ...roots, ...files], {
      stdout: "ignore",
      stderr: "ignore",
    });
    await eventually(
      "Docker to answer",
      () =>
        fetch("http://localhost/_ping", { unix: join(directory, "docker.sock") }).then(
          ({ ok }) => ok,
          () => false,
        ),
      30_000,
    );
  }

  beforeAll(startHost);

  afterAll(async () => {
    docker?.kill();
    await docker?.exited;
    killAllOf(directory);
    await stopHost();
    await unmountAllUnder(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  test("started after Berth, its DROP policy does not block Berth's containers", async () => {
    await daemon.docker(["network", "create", "other"]);
    const web = await runServer(daemon, "web", ["-p", `${PORT}:80`]);
    const friend = await runContainer(daemon, ["--name", "friend"], sleep);
    const stranger = await runContainer(daemon, ["--name", "stranger", "--network", "other"], sleep);
    expect(await fetchHere(`http://${host.address}:${PORT}/`)).toBe("hello from web\n");
    await startDocker();
    // Its default, where it is the first to switch forwarding on.
    await host.run(["iptables", "-P", "FORWARD", "DROP"]);
    await eventually("the port to answer", () => fetchHere(`http://${host.address}:${PORT}/`));
    expect(await fetchHere(`http://[${host.address6}]:${PORT}/`)).toBe("hello from web\n");
    expect(await getsOut(web)).toBe(true);
    const address = await ipv4Of(daemon, "web", "bridge");
    const page = fetching(`http://${address}/`);
    expect((await inContainer(daemon, friend, page)).stdout).toBe("hello from web\n");
    expect((await inContainer(daemon, stranger, page)).stdout).toBe("");
  });

  test("Berth leaves no rules in Docker's chains", async () => {
    const berthsRules = async () =>
      (await host.run(["iptables", "-S"])).stdout.split("\n").filter((line) => line.includes("berth"));
    expect((await berthsRules()).length).toBe(2);
    await daemon.docker(["rm", "-f", "web", "friend", "stranger"]);
    await daemon.stop();
    expect(await berthsRules()).toEqual([]);
  });
});

describe("a firewall that drops forwarded packets", () => {
  let web: string;

  beforeAll(async () => {
    await startHost();
    await host.run(["iptables", "-P", "FORWARD", "DROP"]);
    web = await runServer(daemon, "web", ["-p", `${PORT}:80`]);
  });

  afterAll(stopHost);

  test("allows containers' outbound traffic and keeps control of inbound traffic", async () => {
    await eventually("containers to get out", () => getsOut(web));
    expect(await fetchHere(`http://${host.address}:${PORT}/`)).toBeUndefined();
    expect(daemon.log).toContain("the host's firewall drops forwarded packets");
    const inside = await host.run(fetching(`http://127.0.0.1:${PORT}/`));
    expect(inside.stdout).toBe("hello from web\n");
    await mustRun([
      "nsenter",
      `--net=/run/netns/${host.name}`,
      "iptables",
      "-A",
      "FORWARD",
      "-p",
      "tcp",
      "--dport",
      "80",
      "-j",
      "ACCEPT",
    ]);
    expect(await fetchHere(`http://${host.address}:${PORT}/`)).toBe("hello from web\n");
  });

  test("its deny rules take precedence", async () => {
    await command([
      "nsenter",
      `--net=/run/netns/${host.name}`,
      "iptables",
      "-I",
      "FORWARD",
      "-d",
      host.hostAddress,
      "-j",
      "DROP",
    ]);
    expect(await getsOut(web)).toBe(false);
  });
});

test("the table of an earlier version is replaced, with the administrator's rules, unless it is another engine's", async () => {
  host = await Machine.start();
  const bridge = `b-${process.pid}`;
  const former = `berth_b_${process.pid}`;
  const table = (name: string, chain: string) =>
    `table inet ${former} {\n set bridges { type ifname; elements = { "${name}" }\n }\n chain user {\n ${chain}\n }\n}\n`;
  const load = async (text: string) => {
    const file = join(tmpdir(), `${host.name}.nft`);
    writeFileSync(file, text);
    await mustRun(["ip", "netns", "exec", host.name, "nft", "-f", file]);
    rmSync(file);
  };
  await load(table(bridge, "tcp dport 9 drop"));
  daemon = await startDaemon({
    prefix: ["nsenter", `--net=/run/netns/${host.name}`],
    config: { bridge, bip: "10.19.0.1/24" },
  });
  try {
    await daemon.importBusybox();
    await runContainer(daemon, ["--name", "first"], sleep);
    const tables = () => host.run(["nft", "list", "tables"]);
    expect((await tables()).stdout).toBe(`table inet berth_${bridge}\n`);
    expect((await host.run(["nft", "list", "chain", "inet", `berth_${bridge}`, "user"])).stdout).toContain(
      "tcp dport 9 drop",
    );
    await load(table("other", ""));
    await daemon.crashAndRestart();
    await eventually("the engine's own table", async () => (await tables()).stdout.includes(`berth_${bridge}`));
    expect((await tables()).stdout).toContain(former);
  } finally {
    await stopHost();
  }
});
