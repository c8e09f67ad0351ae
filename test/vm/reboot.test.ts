// Restart policies after a reboot and a power failure, without leftovers of the earlier boot.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { VirtualMachine } from "../../scripts/virtual-machine/machine.ts";
import { eventually } from "../support/command.ts";
import { engineIsThere, installEngine, PATIENCE, SERVE } from "../support/packaged-engine.ts";

const TEST_DEADLINE = 30 * 60_000;

let machine: VirtualMachine;

const must = (line: string) => machine.must(line);
const state = (name: string) => must(`berth inspect -f '{{.State.Status}} {{.State.ExitCode}}' ${name}`);
const page = (address: string) => machine.run(`curl -sS --globoff --max-time 20 ${address}`);

beforeAll(async () => {
  machine = await VirtualMachine.start();
  await installEngine(machine);
  await must("berth network create --subnet 10.99.0.0/24 shop");
  await must("berth volume create kept");
  const run = (name: string, policy: string, more = "") =>
    must(`berth run -d --name ${name} --restart ${policy} ${more} busybox sleep 100000`);
  await must(
    `berth run -d --name web --restart always --network shop --ip 10.99.0.7 -p 8080:80 -v kept:/data busybox ${SERVE}`,
  );
  await must("berth exec web sh -c 'echo precious > /data/file && sync'");
  await run("unless-stopped", "unless-stopped");
  await run("stopped", "unless-stopped");
  await must("berth stop -t 0 stopped");
  await run("always-stopped", "always");
  await must("berth stop -t 0 always-stopped");
  await run("on-failure", "on-failure");
  await run("plain", "no");
  await must("berth run -d --rm --name passing busybox sleep 100000");
}, TEST_DEADLINE);

afterAll(() => machine?.dispose());

describe.each([
  ["a reboot", "systemctl reboot"],
  ["a loss of power", "sync; echo b > /proc/sysrq-trigger"],
])("after %s", (_, line) => {
  beforeAll(async () => {
    await machine.restart(line);
    await engineIsThere(machine);
  }, TEST_DEADLINE);

  test(
    "restarted containers have their addresses, ports, names and volumes",
    async () => {
      const isServed = async () => (await page("http://127.0.0.1:8080/")).stdout === "hello\n";
      await eventually("the page", isServed, PATIENCE);
      expect(await must("berth inspect -f '{{.NetworkSettings.Networks.shop.IPAddress}}' web")).toBe("10.99.0.7");
      expect((await page("http://[::1]:8080/")).stdout).toBe("hello\n");
      expect(await must("berth run --rm --network shop busybox wget -qO- http://web/")).toBe("hello");
      expect(await must("berth exec web cat /data/file")).toBe("precious");
      expect(await state("unless-stopped")).toBe("running 0");
      expect(await state("always-stopped")).toBe("running 0");
      await must("berth stop -t 0 always-stopped");
    },
    TEST_DEADLINE,
  );

  test(
    "stopped containers and those without a policy do not start, and can be started",
    async () => {
      expect(await state("stopped")).toBe("exited 137");
      expect(await state("plain")).toMatch(/^exited (255|137|143)$/);
      await eventually(
        "the one to be removed to go",
        async () => (await machine.run("berth inspect passing")).code !== 0,
        PATIENCE,
      );
      await must("berth start plain");
      expect(await state("plain")).toBe("running 0");
    },
    TEST_DEADLINE,
  );

  test(
    "nothing of the earlier boot is left on the host",
    async () => {
      const running = Number(await must("berth ps -q | wc -l"));
      expect(Number(await must("ls /run/berth/netns | wc -l"))).toBe(running);
      expect(Number(await must("ip -o link show type veth | wc -l"))).toBe(running);
      expect(Number(await must("ls -d /sys/fs/cgroup/berth/*/ | wc -l"))).toBe(running);
      expect(await must("systemctl show -p NRestarts --value berth")).toBe("0");
    },
    TEST_DEADLINE,
  );
});
