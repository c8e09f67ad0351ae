// The administrator's firewall (ufw and firewalld of Debian): enabled and reloaded while containers serve requests.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { VirtualMachine } from "../../scripts/virtual-machine/machine.ts";
import { eventually } from "../support/command.ts";
import { installEngine, PATIENCE, SERVE } from "../support/packaged-engine.ts";

const TEST_DEADLINE = 30 * 60_000;

let machine: VirtualMachine;

const must = (line: string) => machine.must(line);

/** A page fetched from another machine; "" without a response. */
const fromOutside = async () =>
  (await machine.run("ip netns exec outside curl -s --connect-timeout 5 --max-time 20 http://10.98.0.1:8080/")).stdout;
const fromHost = async () => (await machine.run("curl -s --max-time 20 http://127.0.0.1:8080/")).stdout;
/** Whether a container gets a response from the other machine, even if that rejects the connection. */
const getsOut = async () =>
  (await machine.run("berth exec web nc -w 5 10.98.0.2 9 < /dev/null")).stderr.includes("refused");

beforeAll(async () => {
  machine = await VirtualMachine.start();
  await must("ip netns add outside && ip link add wire type veth peer name eth0 netns outside");
  await must("ip address add 10.98.0.1/24 dev wire && ip link set wire up");
  await must("ip -n outside address add 10.98.0.2/24 dev eth0 && ip -n outside link set eth0 up");
  await must("ip -n outside route add default via 10.98.0.1");
  await installEngine(machine);
  await must(`berth run -d --name web -p 8080:80 busybox ${SERVE}`);
  await eventually("the page", async () => (await fromOutside()) === "hello\n", PATIENCE);
}, TEST_DEADLINE);

afterAll(() => machine?.dispose());

describe("ufw", () => {
  test(
    "blocks other machines from the published port until a rule allows them",
    async () => {
      await must("ufw allow 22/tcp && ufw --force enable");
      await eventually("outgoing connections of containers", getsOut, PATIENCE);
      expect(await fromHost()).toBe("hello\n");
      expect(await fromOutside()).toBe("");
      await must("ufw route allow proto tcp to any port 80");
      expect(await fromOutside()).toBe("hello\n");
    },
    TEST_DEADLINE,
  );

  test(
    "a reload changes nothing",
    async () => {
      await must("ufw reload");
      await eventually("the page", async () => (await fromOutside()) === "hello\n", PATIENCE);
      await eventually("outgoing connections of containers", getsOut, PATIENCE);
      await must("ufw --force reset");
      await eventually("the page", async () => (await fromOutside()) === "hello\n", PATIENCE);
    },
    TEST_DEADLINE,
  );
});

test(
  "containers keep their network when firewalld starts and reloads",
  async () => {
    await must("systemctl start firewalld && firewall-cmd --zone=public --add-interface=wire");
    await eventually("outgoing connections of containers", getsOut, PATIENCE);
    expect(await fromHost()).toBe("hello\n");
    await must("firewall-cmd --reload");
    await eventually("outgoing connections of containers", getsOut, PATIENCE);
    expect(await fromHost()).toBe("hello\n");
    await must("systemctl stop firewalld");
  },
  TEST_DEADLINE,
);

test(
  "the rules are restored after a flush of all tables",
  async () => {
    await must("nft flush ruleset");
    await eventually("the page", async () => (await fromOutside()) === "hello\n", PATIENCE);
    expect(await fromHost()).toBe("hello\n");
    await eventually("outgoing connections of containers", getsOut, PATIENCE);
  },
  TEST_DEADLINE,
);
