// The AppArmor profile: loaded when first needed, and effective without the other protections.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { kernelHas } from "../../support/kernel.ts";
import { lacks } from "../../support/requirement.ts";

const LABEL = "cat /proc/self/attr/current";

describe.skipIf(lacks("AppArmor in the kernel", kernelHas.appArmor))("AppArmor", () => {
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

  test("confines a container, also after the profile was unloaded", async () => {
    expect(await inside([], LABEL)).toMatchObject({ output: "berth-default (enforce)" });
    expect(readFileSync("/sys/kernel/security/apparmor/profiles", "utf8")).toContain("berth-default (enforce)");
    await mustRun(["apparmor_parser", "--remove"], { input: "profile berth-default { }" });
    expect(await inside([], LABEL)).toMatchObject({ output: "berth-default (enforce)" });
  });

  test("confines an exec, too, as inspect shows", async () => {
    await daemon.docker(["run", "-d", "--name", "confined", "--network", "none", "busybox", "sleep", "1000"]);
    const { stdout } = await daemon.docker(["exec", "confined", "sh", "-c", LABEL]);
    expect(stdout.trim()).toBe("berth-default (enforce)");
    const shown = await daemon.docker(["inspect", "-f", "{{.AppArmorProfile}}", "confined"]);
    expect(shown.stdout.trim()).toBe("berth-default");
    await daemon.docker(["rm", "-f", "confined"]);
  });

  // With all capabilities, all system calls and nothing masked, only the profile protects.
  const open = ["--cap-add", "ALL", "--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined"];

  test.each([
    ["a mount", "mount -t tmpfs none /tmp"],
    ["a remount", "mount -o remount,rw /"],
    ["a write to /proc/sys", "echo 1 > /proc/sys/vm/drop_caches"],
    ["a write to /proc/sysrq-trigger", "echo h > /proc/sysrq-trigger"],
    ["a read of /proc/kcore", "head -c 1 /proc/kcore"],
    ["a look at the firmware", "ls /sys/firmware/acpi"],
    ["a look at AppArmor itself", "cat /sys/kernel/security/apparmor/profiles"],
  ])("%s is refused by it alone", async (_, script) => {
    const { complaint, code } = await inside(open, script);
    expect({ code: code !== 0, complaint }).toEqual({
      code: true,
      complaint: expect.stringMatching(/permission denied|can't open|not permitted/i),
    });
  });

  test("the container can write its own files", async () => {
    const script = "echo 1 > /proc/self/oom_score_adj && touch /x && mkdir /y && chown 1 /x && kill -0 1 && echo fine";
    expect(await inside([], script)).toMatchObject({ output: "fine" });
  });

  test.each([
    [["--security-opt", "apparmor=unconfined"], "unconfined"],
    [["--privileged"], "unconfined"],
  ])("%j is without it", async (options, label) => {
    expect(await inside(options, LABEL)).toMatchObject({ output: label });
  });

  test("rejects an unloaded profile by name", async () => {
    const { code, complaint } = await inside(["--security-opt", "apparmor=nosuch"], "true");
    expect(code).not.toBe(0);
    expect(complaint).toContain("nosuch");
  });
});
