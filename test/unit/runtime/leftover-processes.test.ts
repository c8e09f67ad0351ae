// What an earlier daemon left working is found by its command line.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../../src/linux/process.ts";
import { killBundleUsers, killRuntimeCalls } from "../../../src/runtime/leftover-processes.ts";

test("kills only runtime calls and monitors of these directories", async () => {
  const root = mkdtempSync(join(tmpdir(), "berth-leftover-"));
  const start = (...argv: string[]) =>
    Bun.spawn(["/bin/sh", "-c", "read line", ...argv], { stdio: ["pipe", "ignore", "ignore"] });
  const state = join(root, "runtimes", "crun");
  const bundle = join(root, "containers", "a");
  const call = start("crun", "--root", state, "pause", "a");
  const container = start("crun", "--root", state, "create", "b");
  const monitor = start("conmon", "--bundle", bundle, "--full-attach");
  const others = [
    start("crun", "--root", "/elsewhere/runtimes/crun", "pause", "a"),
    start("conmon", "--bundle", `${bundle}b`, "--full-attach"),
    start("tail", "-f", join(bundle, "log")),
  ];
  try {
    await killRuntimeCalls(root, new Set([container.pid]));
    expect(await call.exited).not.toBe(0);
    expect([container, monitor, ...others].every(({ pid }) => isAlive(pid))).toBe(true);
    await killBundleUsers(bundle);
    expect(await monitor.exited).not.toBe(0);
    expect([container, ...others].every(({ pid }) => isAlive(pid))).toBe(true);
  } finally {
    for (const child of [call, container, monitor, ...others]) child.kill("SIGKILL");
    rmSync(root, { recursive: true });
  }
});
