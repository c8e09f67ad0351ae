// A network driver is one file and one line in the registry: adds one to a copy of the sources and runs it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { berthCommand, TestDaemon } from "../../support/daemon.ts";
import { runContainer } from "./support.ts";

const repository = join(import.meta.dir, "..", "..", "..");

/** A container gets one end of a veth pair; the other stays on the host and leads nowhere. */
const driverFile = `
import { createVeth, deleteLink, findLink } from "../../linux/netlink/links.ts";
import type { NetworkDriver } from "./driver.ts";

export const strandedDriver: NetworkDriver = {
  name: "stranded",
  hasOwnMac: true,
  hostInterfaceKind: "own",
  subnets: { maxPerFamily: 2, sharedWithHost: false, hasGateway: () => false },
  publishing: undefined,
  check: (options) => (options.colour ? "no colours" : undefined),
  hostInterface: () => "",
  conflict: (_networkId, otherId) => \`network \${otherId} is in the way\`,
  isInternal: () => true,
  routesByInterface: () => false,
  up() {},
  down() {},
  plug(_network, plug, namespace, host) {
    createVeth(host, { name: plug.hostName, master: 0 }, { name: plug.name, mac: plug.mac, namespace });
  },
  unplug(plug, host) {
    const link = findLink(host, plug.hostName);
    if (link) deleteLink(host, link.index);
  },
  firewall: () => undefined,
};
`;

class DaemonOfCopy extends TestDaemon {
  sources = mkdtempSync(join(tmpdir(), "berth-test-"));

  override commandLine(): string[] {
    const words = super.commandLine().slice(berthCommand.length);
    return [process.execPath, join(this.sources, "src", "main.ts"), ...words];
  }
}

let daemon: DaemonOfCopy;

beforeAll(async () => {
  daemon = new DaemonOfCopy({});
  for (const name of ["src", "package.json", "tsconfig.json"]) {
    cpSync(join(repository, name), join(daemon.sources, name), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(daemon.sources, "node_modules"));
  const drivers = join(daemon.sources, "src", "network", "drivers");
  writeFileSync(join(drivers, "stranded.ts"), driverFile);
  const registry = readFileSync(join(drivers, "registry.ts"), "utf8");
  const line = 'import { strandedDriver } from "./stranded.ts";\n';
  const list = "const drivers: readonly NetworkDriver[] = [";
  expect(registry).toContain(list);
  writeFileSync(join(drivers, "registry.ts"), line + registry.replace(list, `${list}strandedDriver, `));
  await daemon.start();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon.dispose();
  rmSync(daemon.sources, { recursive: true, force: true });
});

const addressOf = (shown: string): string | undefined => /inet \S+/.exec(shown)?.[0];

test("networks of the new driver can be created, used and removed", async () => {
  const info = await daemon.docker(["info", "--format", "{{.Plugins.Network}}"]);
  expect(info.stdout).toBe("[bridge host ipvlan macvlan null stranded]\n");
  const refused = await daemon.docker(["network", "create", "-d", "stranded", "-o", "colour=red", "island"]);
  expect(refused.stderr).toContain("no colours");
  const subnets = ["--subnet", "10.252.1.0/24", "--subnet", "10.252.2.0/24", "--ipv6=false"];
  const created = await daemon.docker(["network", "create", "-d", "stranded", ...subnets, "island"]);
  expect(created).toMatchObject({ code: 0 });
  const id = await runContainer(
    daemon,
    ["--network", "island", "--mac-address", "02:42:00:00:00:07", "-p", "80"],
    ["sleep", "1000"],
  );
  const shown = await daemon.docker(["exec", id, "ip", "address", "show", "eth0"]);
  expect(shown.stdout).toContain("02:42:00:00:00:07");
  // The docker command sends the subnets in random order. In either, nothing is reserved for a gateway.
  expect(addressOf(shown.stdout)).toMatch(/^inet 10\.252\.[12]\.1\/24$/);
  expect((await daemon.docker(["port", id])).stdout).toBe("");
  await daemon.crashAndRestart();
  const after = await daemon.docker(["exec", id, "ip", "address", "show", "eth0"]);
  expect(addressOf(after.stdout)).toBe(addressOf(shown.stdout));
  await daemon.docker(["rm", "-f", id]);
  expect((await daemon.docker(["network", "rm", "island"])).code).toBe(0);
});
