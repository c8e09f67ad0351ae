// Docker's engine in place of Berth: in tests that compare the two, or in all tests with BERTH_TEST_ENGINE=docker, which
// shows whether a test expects Docker's behaviour or Berth's. It runs in a network namespace of its own, because it would
// change the machine's firewall; tests of published ports therefore fail with it.
import { join } from "node:path";
import { command, mustRun } from "./command.ts";

export const referenceIsInstalled = Bun.which("dockerd") !== null;

export const referenceIsWanted = process.env.BERTH_TEST_ENGINE === "docker";

/** The directories of a daemon, and the name of its network namespace. */
export interface ReferencePlace {
  namespace: string;
  directory: string;
  dataRoot: string;
  execRoot: string;
}

/** Creates the namespace if it does not exist. @returns the command line of Docker's engine without its sockets */
export async function referenceCommandLine(place: ReferencePlace): Promise<string[]> {
  const { namespace, directory, dataRoot, execRoot } = place;
  if ((await command(["ip", "netns", "add", namespace])).code === 0) {
    await mustRun(["ip", "-n", namespace, "link", "set", "lo", "up"]);
  }
  return [
    // Not `ip netns exec`: that mounts another /sys, without the cgroups.
    ...["nsenter", `--net=/run/netns/${namespace}`, "dockerd", "--live-restore", "--log-level", "error"],
    ...["--data-root", dataRoot, "--exec-root", execRoot, "--pidfile", join(directory, "pid")],
  ];
}

export async function removeReference(namespace: string): Promise<void> {
  await command(["ip", "netns", "del", namespace]);
}
