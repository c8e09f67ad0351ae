// Invariants after a restart of the daemon: records and kernel agree, and the kernel has nothing else.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually } from "../command.ts";
import type { TestDaemon } from "../daemon.ts";
import { mountPoints } from "../leaks.ts";

interface Inspection {
  Id: string;
  Name: string;
  RestartCount: number;
  State: { Status: string; Pid: number };
  HostConfig: { NetworkMode: string };
  NetworkSettings: {
    Ports: Record<string, { HostPort: string }[] | null>;
    Networks: Record<string, { IPAddress: string }>;
  };
}

/** Checks all containers. @returns one readable line per problem */
export async function disagreements(daemon: TestDaemon, cgroupParent: string): Promise<string[]> {
  const ids = await idsOf(daemon, "/containers/json?all=1");
  const lines = (await Promise.all(ids.map((id) => disagreementOf(daemon, cgroupParent, id)))).flat();
  return [...lines, ...(await strays(daemon, cgroupParent))];
}

export async function idsOf(daemon: TestDaemon, path: string): Promise<string[]> {
  const list: { Id: string }[] = JSON.parse(await (await daemon.request("GET", path)).text());
  return list.map(({ Id }) => Id);
}

/** Checks one container again if its state has changed meanwhile, as when it keeps restarting. */
async function disagreementOf(daemon: TestDaemon, cgroupParent: string, id: string): Promise<string[]> {
  let last: string[] = [];
  try {
    await eventually(
      "the record and the kernel to agree",
      async () => {
        const before = await inspect(daemon, id);
        if (!before) return true;
        last = await compare(daemon, cgroupParent, before);
        if (last.length === 0) return true;
        const after = await inspect(daemon, id);
        if (!after || JSON.stringify(after.State) === JSON.stringify(before.State)) await Bun.sleep(100);
        return false;
      },
      6_000,
    );
    return [];
  } catch {
    return last;
  }
}

async function inspect(daemon: TestDaemon, id: string): Promise<Inspection | undefined> {
  const answer = await daemon.request("GET", `/containers/${id}/json`);
  const text = await answer.text();
  return answer.ok ? JSON.parse(text) : undefined;
}

async function compare(daemon: TestDaemon, cgroupParent: string, found: Inspection): Promise<string[]> {
  const { Id, Name, State } = found;
  const wrong: string[] = [];
  const expectThat = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(`${Name} ${Id.slice(0, 12)} is ${State.Status}, but ${what}`);
  };
  const isActive = State.Status === "running" || State.Status === "paused";
  const processes = processesIn(cgroupParent, Id);
  const rootfs = join(daemon.dataRoot, "containers", Id, "rootfs");
  const isMounted = mountPoints().includes(rootfs);
  if (!isActive) {
    expectThat(processes.length === 0, `has processes ${processes}`);
    expectThat(!isMounted, "its root file system is mounted");
    expectThat(!existsSync(join(daemon.execRoot, "containers", Id)), "it has a bundle");
    expectThat(!existsSync(join(daemon.execRoot, "netns", Id)), "it has a network namespace");
    return wrong;
  }
  expectThat(processes.includes(State.Pid), `its process ${State.Pid} is not in its control group`);
  expectThat(isFrozen(cgroupParent, Id) === (State.Status === "paused"), "the freezer says otherwise");
  expectThat(isMounted, "its root file system is not mounted");
  const routes = textOf(`/proc/${State.Pid}/net/fib_trie`);
  for (const { IPAddress } of Object.values(found.NetworkSettings.Networks)) {
    if (IPAddress) expectThat(routes.includes(`|-- ${IPAddress}\n`), `it does not have the address ${IPAddress}`);
  }
  const ports = Object.values(found.NetworkSettings.Ports ?? {}).flatMap((bindings) => bindings ?? []);
  const firewall = ports.length > 0 ? await firewallOf(daemon) : "";
  for (const { HostPort } of ports)
    expectThat(new RegExp(`\\b${HostPort}\\b`).test(firewall), `port ${HostPort} leads nowhere`);
  if (State.Status === "running" && wrong.length === 0) {
    const complaint = await execComplaint(daemon, Id);
    if (complaint) expectThat(false, complaint);
  }
  return wrong;
}

async function execComplaint(daemon: TestDaemon, id: string): Promise<string | undefined> {
  const Cmd = ["echo", "alive"];
  const created = await daemon.request("POST", `/containers/${id}/exec`, { Cmd, AttachStdout: true });
  const text = await created.text();
  if (!created.ok) return `an exec is refused: ${text.trim()}`;
  const { Id }: { Id: string } = JSON.parse(text);
  const output = await (await daemon.request("POST", `/exec/${Id}/start`, { Tty: false })).text();
  return output.includes("alive\n") ? undefined : `an exec says ${JSON.stringify(output)}`;
}

/** Kernel objects of this daemon that no running container uses. */
async function strays(daemon: TestDaemon, cgroupParent: string): Promise<string[]> {
  const known = new Set(await idsOf(daemon, "/containers/json?all=1"));
  const unknown = (what: string, names: readonly string[]): string[] =>
    names.filter((name) => !known.has(name)).map((name) => `${what} of an unknown container: ${name}`);
  return [
    ...unknown("bundle", namesIn(join(daemon.execRoot, "containers"))),
    ...unknown("network namespace", namesIn(join(daemon.execRoot, "netns"))),
    ...unknown("directory", namesIn(join(daemon.dataRoot, "containers"))),
    ...unknown(
      "processes",
      cgroupIdsOf(cgroupParent).filter((id) => processesIn(cgroupParent, id).length > 0),
    ),
  ];
}

async function firewallOf(daemon: TestDaemon): Promise<string> {
  return (await command(["nft", "list", "table", "inet", `berth_${daemon.bridge}`])).stdout;
}

const freezers = (cgroupParent: string): string[] => [
  `/sys/fs/cgroup/freezer${cgroupParent}`,
  `/sys/fs/cgroup${cgroupParent}`,
];

function isFrozen(cgroupParent: string, id: string): boolean {
  const [version1 = "", version2 = ""] = freezers(cgroupParent);
  return (
    textOf(join(version1, id, "freezer.self_freezing")).trim() === "1" ||
    textOf(join(version2, id, "cgroup.freeze")).trim() === "1"
  );
}

function processesIn(cgroupParent: string, id: string): number[] {
  return freezers(cgroupParent).flatMap((root) =>
    textOf(join(root, id, "cgroup.procs"))
      .split("\n")
      .filter(Boolean)
      .map(Number),
  );
}

function cgroupIdsOf(cgroupParent: string): string[] {
  return freezers(cgroupParent).flatMap((root) => namesIn(root).filter((name) => /^[0-9a-f]{64}$/.test(name)));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** "" if the file does not exist. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
