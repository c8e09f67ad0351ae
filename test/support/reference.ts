// Runs tests with Docker's engine instead of Berth (BERTH_TEST_ENGINE=docker), which shows whether a test expects
// Docker's behaviour or Berth's. It runs in a separate network namespace, because it would change the machine's
// firewall; tests of published ports therefore cannot pass with it.
import { join } from "node:path";
import { command, mustRun } from "./command.ts";

export const referenceIsInstalled = Bun.which("dockerd") !== null;

export const referenceIsWanted = process.env.BERTH_TEST_ENGINE === "docker";

/** The arguments that start Docker's engine on these roots, up to the `-H`. */
export async function referenceCommandLine(directory: string, dataRoot: string, execRoot: string): Promise<string[]> {
  const namespace = namespaceOf(directory);
  if ((await command(["ip", "netns", "add", namespace])).code === 0) {
    await mustRun(["ip", "-n", namespace, "link", "set", "lo", "up"]);
  }
  return [
    // Not `ip netns exec`: that mounts another /sys, without the cgroups.
    ...["nsenter", `--net=/run/netns/${namespace}`, "dockerd", "--live-restore", "--log-level", "error"],
    ...["--data-root", dataRoot, "--exec-root", execRoot, "--pidfile", join(directory, "pid")],
  ];
}

export async function removeReference(directory: string): Promise<void> {
  await command(["ip", "netns", "del", namespaceOf(directory)]);
}

const namespaceOf = (directory: string): string => `reference-${directory.split("-").at(-1)}`;
