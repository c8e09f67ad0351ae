// Resource limits: each tested from inside under load, and read from the kernel.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CgroupLayout, readCgroupLayout } from "../../../src/runtime/cgroups/layout.ts";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
const layout: CgroupLayout = readCgroupLayout();

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon.dispose());

async function mustRun(...argv: string[]): Promise<string> {
  const result = await daemon.docker(argv);
  expect(result).toMatchObject({ code: 0 });
  return result.stdout.trim();
}

/** Starts an idle container; returns its ID. */
const idle = (name: string, ...options: string[]) =>
  mustRun("run", "-d", "--name", name, "--network", "none", ...options, "busybox", "sleep", "1000");

/** A file of the container's cgroup: by its name under version 1 with its controller, and by that under version 2. */
function limit(id: string, controller: string, version1: string, version2: string): string {
  const directory =
    layout.version === 1
      ? join(layout.mounts.get(controller) ?? "", "berth", id, version1)
      : join(layout.mount, "berth", id, version2);
  return readFileSync(directory, "utf8").trim();
}

const memoryOf = (id: string) => limit(id, "memory", "memory.limit_in_bytes", "memory.max");
const pidsOf = (id: string) => limit(id, "pids", "pids.max", "pids.max");

describe("memory", () => {
  test("kills a program over its limit and reports OOMKilled", async () => {
    const name = "greedy";
    // tail keeps a line until it ends: all of it is in memory at once.
    const script = "head -c 200m /dev/zero | tail";
    const argv = ["run", "--name", name, "--network", "none", "-m", "32m", "--memory-swap", "32m", "busybox"];
    const { code } = await daemon.docker([...argv, "sh", "-c", script]);
    expect(code).toBe(137);
    expect(await mustRun("inspect", "-f", "{{.State.OOMKilled}}", name)).toBe("true");
    await mustRun("rm", name);
  });

  test("sets the limits in the kernel; update changes them, stats show them", async () => {
    const id = await idle("sized", "-m", "64m", "--memory-reservation", "32m");
    expect(memoryOf(id)).toBe(String(64 * 2 ** 20));
    expect(limit(id, "memory", "memory.soft_limit_in_bytes", "memory.low")).toBe(String(32 * 2 ** 20));
    expect(limit(id, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max")).toBe(
      String((layout.version === 1 ? 128 : 64) * 2 ** 20),
    );
    await mustRun("update", "-m", "128m", "--memory-swap", "256m", "sized");
    expect(memoryOf(id)).toBe(String(128 * 2 ** 20));
    expect(await mustRun("inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}", "sized")).toBe(
      `${128 * 2 ** 20} ${256 * 2 ** 20}`,
    );
    const stats = await daemon.call("GET", "/containers/sized/stats?stream=false&one-shot=true");
    expect(stats).toMatchObject({ memory_stats: { limit: 128 * 2 ** 20 }, pids_stats: { current: 1 } });
    await mustRun("rm", "-f", "sized");
  });

  test("rejects a contradictory update", async () => {
    await idle("small", "-m", "64m", "--memory-swap", "64m");
    const { code, stderr } = await daemon.docker(["update", "-m", "128m", "small"]);
    expect(code).toBe(1);
    expect(stderr).toContain("update the memoryswap at the same time");
    await mustRun("rm", "-f", "small");
  });
});

describe("processes", () => {
  test("the limit stops a fork bomb", async () => {
    const script = "for i in $(seq 30); do sleep 5 & done; ls /proc | grep -c '^[0-9]'";
    const { stderr } = await daemon.docker([
      "run",
      "--rm",
      "--network",
      "none",
      "--pids-limit",
      "10",
      "busybox",
      "sh",
      "-c",
      script,
    ]);
    expect(stderr).toContain("can't fork");
  });

  test("set, changed and lifted", async () => {
    const id = await idle("counted", "--pids-limit", "10");
    expect(pidsOf(id)).toBe("10");
    await mustRun("update", "--pids-limit", "20", "counted");
    expect(pidsOf(id)).toBe("20");
    await mustRun("update", "--pids-limit", "-1", "counted");
    expect(pidsOf(id)).toBe("max");
    await mustRun("rm", "-f", "counted");
  });
});

describe("processors", () => {
  test("--cpus throttles a busy loop", async () => {
    const id = await idle("slow", "--cpus", "0.05");
    expect(limit(id, "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0]).toBe("5000");
    await daemon.docker(["exec", "-d", "slow", "sh", "-c", "while :; do :; done"]);
    await eventually("five throttled periods", async () => {
      const stats = await daemon.call("GET", "/containers/slow/stats?stream=false&one-shot=true");
      return JSON.parse(JSON.stringify(stats)).cpu_stats.throttling_data.throttled_periods > 5;
    });
    await mustRun("rm", "-f", "slow");
  });

  test("--cpuset-cpus and --cpu-shares", async () => {
    const id = await idle("pinned", "--cpuset-cpus", "0", "--cpu-shares", "512");
    expect(await mustRun("exec", "pinned", "nproc")).toBe("1");
    expect(limit(id, "cpu", "cpu.shares", "cpu.weight")).toBe(layout.version === 1 ? "512" : "20");
    await mustRun("rm", "-f", "pinned");
  });
});

test.each<[string[], string, string]>([
  [["--ulimit", "nofile=100:200"], "ulimit -n; ulimit -Hn", "100 200"],
  [["--ulimit", "core=-1"], "ulimit -c", "unlimited"],
  [["--ulimit", "fsize=65536"], "(head -c 99999 /dev/zero > /x); wc -c < /x", "65536"],
  [["--shm-size", "1m"], "head -c 2m /dev/zero > /dev/shm/x; wc -c < /dev/shm/x", "1048576"],
  [["--tmpfs", "/x:size=64k"], "head -c 2m /dev/zero > /x/y; wc -c < /x/y", "65536"],
  [["--oom-score-adj", "500"], "cat /proc/self/oom_score_adj", "500"],
])("%j", async (options, script, expected) => {
  const { stdout } = await daemon.docker([
    "run",
    "--rm",
    "--network",
    "none",
    ...options,
    "busybox",
    "sh",
    "-c",
    script,
  ]);
  expect(stdout.trim().replaceAll("\n", " ")).toBe(expected);
});

test("throttles block I/O", async () => {
  const mounted = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .find((line) => line.split(" ")[4] === "/");
  const device = mounted?.split(" - ")[1]?.split(" ")[1] ?? "";
  if (!device.startsWith("/dev/")) return;
  const id = await idle("throttled", "--device-read-bps", `${device}:1mb`, "--device-write-iops", `${device}:50`);
  const numbers = limit(id, "blkio", "blkio.throttle.read_bps_device", "io.max");
  expect(numbers).toContain("1048576");
  await mustRun("rm", "-f", "throttled");
});

test("top lists only the container's processes", async () => {
  await idle("watched");
  // A start has returned a moment before the runtime's process becomes the container's.
  const answer = await eventually("the container's own command", async () => {
    const found = JSON.parse(JSON.stringify(await daemon.call("GET", "/containers/watched/top?ps_args=-o%20pid,args")));
    return JSON.stringify(found).includes("crun") ? undefined : found;
  });
  expect(answer.Titles).toEqual(["PID", "COMMAND"]);
  expect(answer.Processes).toEqual([[expect.any(String), "sleep 1000"]]);
  await mustRun("rm", "-f", "watched");
});
