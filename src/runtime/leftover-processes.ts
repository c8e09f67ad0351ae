// Processes that an earlier daemon started and did not live to wait for: calls of the OCI runtime, and monitors whose start
// was not recorded. They would continue work that the new daemon has already judged.
import { readdirSync, readFileSync } from "node:fs";
import { identifyProcess, type ProcessIdentity, signalProcess } from "../linux/process.ts";
import { SIGKILL } from "../linux/signals.ts";
import { runtimesDirectory } from "./runtimes.ts";

/** How long killed processes may take to end. */
const KILLED_DEADLINE_MILLISECONDS = 2_000;
const CHECK_INTERVAL_MILLISECONDS = 5;

/**
 * Kills calls of OCI runtimes whose state is below `execRoot`, and waits for their end.
 * @param containers process IDs of containers, which until they execute their program look like calls
 */
export function killRuntimeCalls(execRoot: string, containers: ReadonlySet<number>): Promise<void> {
  const argument = `\0--root\0${runtimesDirectory(execRoot)}/`;
  return killAll(() => processesWith(argument).filter(({ pid }) => !containers.has(pid)));
}

/** Kills the monitor and the runtime calls that were started for a bundle, and waits for their end. */
export function killBundleUsers(bundle: string): Promise<void> {
  return killAll(() => processesWith(`\0--bundle\0${bundle}\0`));
}

async function killAll(find: () => ProcessIdentity[]): Promise<void> {
  const deadline = Date.now() + KILLED_DEADLINE_MILLISECONDS;
  for (let found = find(); found.length > 0 && Date.now() < deadline; found = find()) {
    for (const process of found) signalProcess(process, SIGKILL);
    await Bun.sleep(CHECK_INTERVAL_MILLISECONDS);
  }
}

/** The processes with these arguments, each followed by a NUL, in their command line. */
function processesWith(commandLine: string): ProcessIdentity[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!(pid > 0) || !commandLineOf(pid).includes(commandLine)) return [];
    return identifyProcess(pid) ?? [];
  });
}

/** "" for a process that has ended. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
