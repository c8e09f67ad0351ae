// Container isolation, checked from inside.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon.dispose());

async function inside(options: string[], script: string) {
  const argv = ["run", "--rm", "--network", "none", ...options, "busybox", "sh", "-c", script];
  const { code, stdout, stderr } = await daemon.docker(argv);
  return { code, output: stdout.trim(), complaint: stderr.trim() };
}

const status = (field: string) => `grep ^${field}: /proc/self/status | tr -d '[:space:]'`;

describe("capabilities, as the kernel shows them", () => {
  test.each<[string[], string, string]>([
    [[], "CapEff", "00000000a80425fb"],
    [[], "CapBnd", "00000000a80425fb"],
    [[], "CapInh", "0000000000000000"],
    [[], "CapAmb", "0000000000000000"],
    [["-u", "1000"], "CapEff", "0000000000000000"],
    [["-u", "1000"], "CapPrm", "0000000000000000"],
    [["-u", "1000"], "CapBnd", "00000000a80425fb"],
    [["--cap-drop", "ALL"], "CapBnd", "0000000000000000"],
    [["--cap-drop", "ALL", "--cap-add", "CHOWN"], "CapEff", "0000000000000001"],
    [["--cap-add", "SYS_ADMIN", "--cap-drop", "CHOWN"], "CapEff", "00000000a82425fa"],
  ])("%j: %s is %s", async (options, field, mask) => {
    expect(await inside(options, status(field))).toMatchObject({ output: `${field}:${mask}` });
  });

  test("privileged has the engine's capabilities, also for an exec", async () => {
    const engine = await Bun.file("/proc/self/status").text();
    const mask = /^CapBnd:\s*(\w+)$/m.exec(engine)?.[1];
    expect(await inside(["--privileged"], status("CapEff"))).toMatchObject({ output: `CapEff:${mask}` });
    await daemon.docker(["run", "-d", "--name", "plain", "--network", "none", "busybox", "sleep", "100"]);
    const exec = await daemon.docker(["exec", "--privileged", "plain", "sh", "-c", status("CapEff")]);
    expect(exec.stdout.trim()).toBe(`CapEff:${mask}`);
    const ordinary = await daemon.docker(["exec", "plain", "sh", "-c", status("CapEff")]);
    expect(ordinary.stdout.trim()).toBe("CapEff:00000000a80425fb");
    await daemon.docker(["rm", "-f", "plain"]);
  });
});

describe("seccomp and privileges", () => {
  test.each<[string[], string, string]>([
    [[], "Seccomp", "2"],
    [["--security-opt", "seccomp=unconfined"], "Seccomp", "0"],
    [["--privileged"], "Seccomp", "0"],
    [[], "NoNewPrivs", "0"],
    [["--security-opt", "no-new-privileges"], "NoNewPrivs", "1"],
  ])("%j: %s is %s", async (options, field, value) => {
    expect(await inside(options, status(field))).toMatchObject({ output: `${field}:${value}` });
  });

  test("a profile from a file", async () => {
    const profile = `${daemon.directory}/profile.json`;
    const syscalls = [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }];
    await Bun.write(profile, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }));
    const { output, complaint } = await inside(["--security-opt", `seccomp=${profile}`], "echo on; mkdir /x");
    expect(output).toBe("on");
    expect(complaint).toContain("Operation not permitted");
  });

  test.each<[string, string]>([
    ["a new mount namespace", "unshare -m true"],
    ["a new user namespace", "unshare -U true"],
    ["a new network namespace", "unshare -n true"],
    ["a mount", "mount -t tmpfs none /mnt"],
    ["a remount of /proc/sys", "mount -o remount,rw /proc/sys"],
    ["the kernel's log", "dmesg"],
    ["the clock", "date -s 2000-01-01"],
    ["the host's name", "hostname evil"],
    ["another root", "pivot_root . ."],
    ["swap", "swapoff -a; swapon /etc/passwd"],
    ["a reboot", "reboot -f"],
    ["a kernel module", "insmod /bin/busybox"],
    ["raising a limit", "ulimit -n $(($(ulimit -Hn) + 1))"],
  ])("%s is refused", async (_, script) => {
    const { complaint } = await inside([], script);
    expect(complaint).toMatch(/not permitted|denied|not implemented|can't|Invalid argument/i);
  });
});

describe("files of the kernel", () => {
  test.each(["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts", "/proc/sched_debug"])(
    "%s shows nothing",
    async (path) => {
      expect(await inside([], `test ! -e ${path} || head -c 1 ${path} | wc -c`)).toMatchObject({
        output: expect.stringMatching(/^0?$/),
      });
    },
  );

  test.each(["/proc/acpi", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"])(
    "%s is empty",
    async (path) => {
      expect(await inside([], `ls -A ${path} 2>/dev/null | wc -l`)).toMatchObject({ output: "0" });
    },
  );

  test.each([
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/memory/release_agent",
    "/sys/fs/cgroup/memory/notify_on_release",
    "/proc/irq/default_smp_affinity",
  ])("%s cannot be written", async (path) => {
    const { output } = await inside([], `test ! -e ${path} || (echo x > ${path}) 2>/dev/null && echo written`);
    expect(output).toMatch(/^(written)?$/);
    expect((await inside([], `if test -e ${path}; then (echo x > ${path}) 2>/dev/null; echo $?; fi`)).output).not.toBe(
      "0",
    );
  });

  test("the process sees only itself", async () => {
    expect(await inside([], "ls /proc | grep -c '^[0-9]'")).toMatchObject({ output: expect.stringMatching(/^[1-4]$/) });
  });

  test("systempaths=unconfined masks nothing", async () => {
    const { output } = await inside(["--security-opt", "systempaths=unconfined"], "grep -c ' /proc/' /proc/mounts");
    expect(output).toBe("0");
  });

  test("a read-only root", async () => {
    const { output } = await inside(
      ["--read-only", "--tmpfs", "/tmp"],
      "touch /x 2>/dev/null || echo root; touch /etc/hosts 2>/dev/null || echo hosts; touch /tmp/x && echo tmp",
    );
    expect(output.split("\n")).toEqual(["root", "hosts", "tmp"]);
  });
});

describe("devices", () => {
  test("mknod of a host disk works, opening it fails", async () => {
    const script =
      "mknod /tmp/d b $(sed -n 's/^ *\\([0-9]*\\) *\\([0-9]*\\) .*/\\1 \\2/p' /proc/partitions | head -1) && head -c 1 /tmp/d";
    const { code, complaint } = await inside([], script);
    expect(code).not.toBe(0);
    expect(complaint).toContain("Operation not permitted");
  });

  test("--device grants only this device with these permissions", async () => {
    const { output } = await inside(
      ["--device", "/dev/null:/dev/nothing:r"],
      "test -c /dev/nothing && cat /dev/nothing && echo read",
    );
    expect(output).toBe("read");
  });

  test("a device cgroup rule grants a class of devices", async () => {
    const make = "mknod /tmp/l b 7 77 && (exec 3</tmp/l) 2>&1";
    expect((await inside([], make)).output).toContain("Operation not permitted");
    // The loop device does not exist: the kernel says so only if the device cgroup allows the access.
    expect((await inside(["--device-cgroup-rule", "b 7:* rwm"], make)).output).not.toContain("not permitted");
  });

  test("default devices", async () => {
    const { output } = await inside([], "ls /dev");
    const names = output.split("\n").filter((name) => name !== "core");
    const usual = ["fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout"];
    expect(names).toEqual([...usual, "tty", "urandom", "zero"]);
  });
});

test("only sysctls of its own namespaces can be set", async () => {
  const { output } = await inside(["--sysctl", "kernel.shmmax=12345"], "cat /proc/sys/kernel/shmmax");
  expect(output).toBe("12345");
  const refused = await daemon.request("POST", "/containers/create", {
    Image: "busybox",
    HostConfig: { Sysctls: { "kernel.panic": "1" } },
  });
  expect(refused.status).toBe(400);
});

test("low ports and ping need no capability", async () => {
  const script =
    "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range | tr '\\t\\n' '  '";
  expect(await inside([], script)).toMatchObject({ output: "0 0 2147483647" });
});
