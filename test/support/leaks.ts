// Detects leftovers of an engine: mounts, namespaces, interfaces, firewall tables, processes.
import { readdirSync, readFileSync } from "node:fs";
import { command } from "./command.ts";

/** One line for each thing of that sort on the machine, comparable between two moments. */
export type MachineState = Record<
  "mounts" | "namespaces" | "interfaces" | "firewall" | "processes" | "cgroups",
  string[]
>;

const enginePrograms = /^(conmon|crun|runc|berth|dockerd|containerd|docker-registry|redis-server|busybox|tini)$/;

/** Looks at the machine as it is now. */
export async function machineState(): Promise<MachineState> {
  const [links, named, tables] = await Promise.all([
    command(["ip", "-o", "link", "show"]),
    command(["ip", "netns", "list"]),
    command(["nft", "list", "tables"]),
  ]);
  return {
    // `ip netns` makes its own directory a mount point when it is first used.
    mounts: mountPoints().filter((path) => path !== "/run/netns"),
    namespaces: lines(named.stdout),
    interfaces: lines(links.stdout).map((line) => line.split(":")[1]?.trim().split("@")[0] ?? line),
    firewall: lines(tables.stdout),
    processes: engineProcesses(),
    cgroups: engineCgroups(),
  };
}

/** What is there in `after` and was not in `before`, one readable line each. */
export function leaked(before: MachineState, after: MachineState): string[] {
  const found: string[] = [];
  for (const [sort, entries] of Object.entries(after)) {
    const known = new Set(Object.entries(before).find(([name]) => name === sort)?.[1]);
    for (const entry of entries) if (!known.has(entry)) found.push(`${sort}: ${entry}`);
  }
  return found;
}

/** Takes every mount at or below `directory` away, the innermost first. */
export async function unmountAllUnder(directory: string): Promise<void> {
  const below = mountPoints().filter((path) => path === directory || path.startsWith(`${directory}/`));
  for (const path of below.reverse()) await command(["umount", "--lazy", path]);
}

/** Kills every process that names `directory` in its arguments, and all that descend from one. */
export function killAllOf(directory: string): void {
  const parents = new Map<number, number>();
  const doomed = new Set<number>();
  for (const pid of processIds()) {
    try {
      parents.set(pid, Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]));
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(directory) && pid !== process.pid) doomed.add(pid);
    } catch {
      // It ended while we looked.
    }
  }
  // Numbers of children are usually higher, but not always: as long as a pass finds more, there may be more.
  for (let before = -1; before !== doomed.size; ) {
    before = doomed.size;
    for (const [pid, parent] of parents) if (doomed.has(parent)) doomed.add(pid);
  }
  for (const pid of doomed) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended before us.
    }
  }
}

const processIds = (): number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0);

/** Whether something is mounted at exactly this path. */
export const isMountPoint = (path: string): boolean => mountPoints().includes(path);

const lines = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

export function mountPoints(): string[] {
  return lines(readFileSync("/proc/self/mountinfo", "utf8")).map((line) =>
    (line.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
  );
}

function engineProcesses(): string[] {
  const found: string[] = [];
  for (const pid of processIds()) {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      if (!enginePrograms.test(name)) continue;
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      // A process that has ended and waits to be reaped has none.
      if (commandLine !== "") found.push(`${pid} ${commandLine}`);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** Cgroups of containers, in either hierarchy, by their path below /sys/fs/cgroup. */
function engineCgroups(): string[] {
  const found: string[] = [];
  const visit = (directory: string, depth: number): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = `${directory}/${entry.name}`;
      if (/[0-9a-f]{64}/.test(entry.name)) found.push(path);
      else if (depth > 0) visit(path, depth - 1);
    }
  };
  try {
    visit("/sys/fs/cgroup", 3);
  } catch {
    // A cgroup went away while we looked: the next look sees the rest.
  }
  return found;
}
