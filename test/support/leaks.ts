// Detects leftovers of an engine: mounts, namespaces, interfaces, firewall tables, processes, cgroups.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { command } from "./command.ts";

type Sort = "mounts" | "namespaces" | "interfaces" | "firewall" | "processes" | "cgroups";

/** Everything of that sort on the machine: a readable line → the text that tells whose it is. */
export type MachineState = Record<Sort, Map<string, string>>;

/** Distinguishes a test process's leftovers from those of other engines and tests on the same machine. */
export interface TestRun {
  /** Its TMPDIR: part of the paths of its mounts, and of the command lines and environments of its processes. */
  directory: string;
  /** Its process ID: part of the names of its interfaces, namespaces and firewall tables. */
  pid: number | undefined;
}

const enginePrograms = /^(conmon|crun|runc|berth|dockerd|containerd|docker-registry|redis-server|busybox|tini)$/;

/** Reads the machine's current state. */
export async function machineState(): Promise<MachineState> {
  const [links, named, tables] = await Promise.all([
    command(["ip", "-o", "link", "show"]),
    command(["ip", "netns", "list"]),
    command(["nft", "list", "tables"]),
  ]);
  return {
    // `ip netns` makes its own directory a mount point when it is first used.
    mounts: byName(mountPoints().filter((path) => path !== "/run/netns")),
    namespaces: byName(lines(named.stdout)),
    interfaces: byName(lines(links.stdout).map((line) => line.split(":")[1]?.trim().split("@")[0] ?? line)),
    firewall: byName(lines(tables.stdout)),
    processes: engineProcesses(),
    cgroups: byName(engineCgroups()),
  };
}

/**
 * What `after` has and `before` had not, one readable line each. Other engines on the machine may be at work: something
 * that does not show whose it is counts as the run's own only if no other engine is running.
 */
export function leaked(before: MachineState, after: MachineState, run: TestRun): string[] {
  const found: string[] = [];
  const isAlone = seesAllProcesses() && !otherEngineRuns(run);
  for (const sort of sorts) {
    for (const [entry, owner] of after[sort]) {
      if (!before[sort].has(entry) && (isAlone || isOf(run, owner))) found.push(`${sort}: ${entry}`);
    }
  }
  return found;
}

const sorts = ["mounts", "namespaces", "interfaces", "firewall", "processes", "cgroups"] as const;

const byName = (names: string[]): Map<string, string> => new Map(names.map((name) => [name, name]));

const isOf = ({ directory, pid }: TestRun, owner: string): boolean =>
  owner.includes(directory) || new RegExp(`[a-z]+${pid}(?![0-9])`).test(owner);

/** The initial PID namespace has this number on every Linux (PROC_PID_INIT_INO). Others do not show the host's engines. */
const seesAllProcesses = (): boolean => readlinkSync("/proc/self/ns/pid") === "pid:[4026531836]";

/** Whether another engine is running: Docker's, or a Berth daemon, compiled or from its sources. */
function otherEngineRuns(run: TestRun): boolean {
  return processIds().some((pid) => {
    const text = readIfThere(`/proc/${pid}/cmdline`);
    const words = text.split("\0");
    const isEngine =
      /(^|\/)dockerd$/.test(words[0] ?? "") ||
      (words.includes("daemon") && words.some((word) => /(^|\/)(berth|main\.ts)$/.test(word)));
    return isEngine && !isOf(run, text + readIfThere(`/proc/${pid}/environ`));
  });
}

/** Unmounts everything at or below `directory`, deepest first. */
export async function unmountAllUnder(directory: string): Promise<void> {
  const below = mountPoints().filter((path) => path === directory || path.startsWith(`${directory}/`));
  for (const path of below.reverse()) await command(["umount", "--lazy", path]);
}

/** Kills every process that has `directory` in its arguments, and its descendants. */
export function killAllOf(directory: string): void {
  const parents = new Map<number, number>();
  const doomed = new Set<number>();
  for (const pid of processIds()) {
    try {
      parents.set(pid, Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]));
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(directory) && pid !== process.pid) doomed.add(pid);
    } catch {
      // It has exited.
    }
  }
  // Process IDs of children are usually higher, but not always: repeat until a pass finds no more.
  for (let before = -1; before !== doomed.size; ) {
    before = doomed.size;
    for (const [pid, parent] of parents) if (doomed.has(parent)) doomed.add(pid);
  }
  for (const pid of doomed) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has exited.
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

/** The owner of a container's process shows in its root filesystem, which mountinfo describes. */
function engineProcesses(): Map<string, string> {
  const found = new Map<string, string>();
  for (const pid of processIds()) {
    const of = (file: string): string => readIfThere(`/proc/${pid}/${file}`);
    if (!enginePrograms.test(of("comm").trim())) continue;
    const commandLine = of("cmdline").replaceAll("\0", " ").trim();
    // A zombie has none.
    if (commandLine !== "") found.set(`${pid} ${commandLine}`, `${commandLine}\n${of("environ")}\n${of("mountinfo")}`);
  }
  return found;
}

/** "" if the file does not exist, or its process exited. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
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
    // A cgroup was removed during the search; the next one sees the rest.
  }
  return found;
}
