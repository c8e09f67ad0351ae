// Networks on a host interface: macvlan and ipvlan, connected to another machine, on a VLAN, without a parent.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { eventually, mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { kernelHas } from "../../support/kernel.ts";
import { Machine } from "../../support/machine.ts";
import { lacks } from "../../support/requirement.ts";
import { fetchHere, fetchIn, inspected, ipv4Of, runContainer, runServer } from "./support.ts";

let daemon: TestDaemon;
let outside: Machine;

beforeAll(async () => {
  outside = await Machine.start();
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon.dispose();
  await outside.dispose();
});

async function createNetwork(driver: string, ...words: string[]): Promise<void> {
  const { code, stderr } = await daemon.docker(["network", "create", "-d", driver, ...words, "wire"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

async function clear(...containers: string[]): Promise<void> {
  await daemon.docker(["rm", "-f", ...containers]);
  expect(await daemon.docker(["network", "rm", "wire"])).toMatchObject({ code: 0 });
}

/** An address on the wire between this machine and the other. */
const onWire = (host: number): string => outside.hostAddress.replace(/\d+$/, String(host));
const wireSubnet = () => `${onWire(0)}/24`;
const hostMac = () => readFileSync(`/sys/class/net/${outside.hostInterface}/address`, "utf8").trim();
const macIn = async (name: string) =>
  (await daemon.docker(["exec", name, "cat", "/sys/class/net/eth0/address"])).stdout.trim();

/** How the other machine reaches a page; it may first have to ask who has the address. */
const fetchedOutside = (url: string) => eventually(`${url} from the other machine`, () => outside.fetch(url));

describe.skipIf(lacks("macvlan in the kernel", kernelHas.macvlan))("macvlan", () => {
  test("connects a container to another machine's link, with its own MAC address", async () => {
    await createNetwork("macvlan", "--subnet", wireSubnet(), "-o", `parent=${outside.hostInterface}`);
    await runServer(daemon, "wired", ["--network", "wire", "--ip", onWire(77)]);
    expect(await fetchedOutside(`http://${onWire(77)}/`)).toBe("hello from wired\n");
    expect(await macIn("wired")).toBe(
      await inspected(daemon, "wired", "{{(index .NetworkSettings.Networks.wire).MacAddress}}"),
    );
    expect(await macIn("wired")).not.toBe(hostMac());
    await clear("wired");
    expect(existsSync(`/sys/class/net/${outside.hostInterface}`)).toBe(true);
  });

  test.skipIf(lacks("VLAN interfaces in the kernel", kernelHas.vlan))(
    "on a VLAN that is made for it and goes with it",
    async () => {
      const vlan = `${outside.hostInterface}.10`;
      const inside = ["ip", "-n", outside.name];
      await mustRun([...inside, "link", "add", "link", "eth0", "name", "tagged", "type", "vlan", "id", "10"]);
      await mustRun([...inside, "address", "add", "10.254.77.2/24", "dev", "tagged"]);
      await mustRun([...inside, "link", "set", "tagged", "up"]);
      await createNetwork("macvlan", "--subnet", "10.254.77.0/24", "--gateway", "10.254.77.2", "-o", `parent=${vlan}`);
      await runServer(daemon, "tagged", ["--network", "wire", "--ip", "10.254.77.5"]);
      expect(await fetchedOutside("http://10.254.77.5/")).toBe("hello from tagged\n");
      expect(await mustRun(["ip", "-d", "link", "show", vlan])).toContain("vlan protocol 802.1Q id 10");
      await clear("tagged");
      expect(existsSync(`/sys/class/net/${vlan}`)).toBe(false);
    },
  );

  test.skipIf(lacks("dummy interfaces in the kernel", kernelHas.dummy))(
    "without a parent leads nowhere but to its members",
    async () => {
      await createNetwork("macvlan");
      expect(await inspected(daemon, "wire", "{{.Internal}}")).toBe("true");
      await runServer(daemon, "one");
      await daemon.docker(["rm", "-f", "one"]);
      await runServer(daemon, "one", ["--network", "wire"]);
      const friend = await runContainer(daemon, ["--name", "friend", "--network", "wire"], ["sleep", "1000"]);
      const address = await ipv4Of(daemon, "one", "wire");
      expect(await fetchIn(daemon, friend, `http://${address}/`)).toBe("hello from one\n");
      expect(await fetchHere(`http://${address}/`)).toBeUndefined();
      await clear("one", "friend");
    },
  );
});

describe.skipIf(lacks("ipvlan in the kernel", kernelHas.ipvlan))("ipvlan", () => {
  test("in L2 mode shares the host's MAC address", async () => {
    await createNetwork("ipvlan", "--subnet", wireSubnet(), "-o", `parent=${outside.hostInterface}`);
    await runServer(daemon, "shared", ["--network", "wire", "--ip", onWire(78)]);
    const friend = await runContainer(daemon, ["--name", "friend", "--network", "wire"], ["sleep", "1000"]);
    expect(await fetchedOutside(`http://${onWire(78)}/`)).toBe("hello from shared\n");
    expect(await fetchIn(daemon, friend, `http://${onWire(78)}/`)).toBe("hello from shared\n");
    expect(await macIn("shared")).toBe(hostMac());
    await clear("shared", "friend");
  });

  test("in L3 mode is a subnet routed by the host", async () => {
    await createNetwork(
      "ipvlan",
      ...["--subnet", "10.254.78.0/24", "-o", `parent=${outside.hostInterface}`, "-o", "ipvlan_mode=l3"],
    );
    await mustRun(["ip", "-n", outside.name, "route", "add", "10.254.78.0/24", "via", outside.hostAddress]);
    await runServer(daemon, "routed", ["--network", "wire", "--ip", "10.254.78.5"]);
    expect(await fetchedOutside("http://10.254.78.5/")).toBe("hello from routed\n");
    const { stdout } = await daemon.docker(["exec", "routed", "ip", "route"]);
    expect(stdout).toMatch(/^default dev eth0/m);
    await clear("routed");
  });
});
