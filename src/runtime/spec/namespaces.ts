// Which namespaces a container gets of its own, shares with the host or takes from another container.
import type { HostConfig } from "../../api/containers.ts";
import type { OciIdMapping, OciNamespace, OciNamespaceType } from "./types.ts";

/** Its own new one, the host's, or that behind a path such as /proc/PID/ns/ipc. */
export type NamespaceChoice = "new" | "host" | { path: string };

export interface NamespaceChoices {
  network: NamespaceChoice;
  pid: NamespaceChoice;
  ipc: NamespaceChoice;
  uts: NamespaceChoice;
  cgroup: NamespaceChoice;
  /** Present: a user namespace of its own with these mappings. */
  user?: { uids: OciIdMapping[]; gids: OciIdMapping[] };
}

const CONTAINER_PREFIX = "container:";

/** The name or id in a mode such as "container:web"; undefined for any other mode. */
export function containerOfMode(mode: string | undefined): string | undefined {
  return mode?.startsWith(CONTAINER_PREFIX) ? mode.slice(CONTAINER_PREFIX.length) : undefined;
}

/**
 * Reads the modes of a host configuration. `network` is decided by the networks; `pidOf` gives the process id of a
 * running container and throws when it does not run.
 */
export function chooseNamespaces(
  hostConfig: HostConfig,
  network: NamespaceChoice,
  pidOf: (reference: string) => number,
): NamespaceChoices {
  const choose = (mode: string | undefined, type: string): NamespaceChoice => {
    if (mode === "host") return "host";
    const reference = containerOfMode(mode);
    return reference === undefined ? "new" : { path: `/proc/${pidOf(reference)}/ns/${type}` };
  };
  return {
    network,
    pid: choose(hostConfig.PidMode, "pid"),
    ipc: choose(hostConfig.IpcMode, "ipc"),
    uts: choose(hostConfig.UTSMode, "uts"),
    cgroup: choose(hostConfig.CgroupnsMode, "cgroup"),
  };
}

export function buildNamespaces(choices: NamespaceChoices): OciNamespace[] {
  const namespaces: OciNamespace[] = [{ type: "mount" }];
  const add = (type: OciNamespaceType, choice: NamespaceChoice) => {
    if (choice === "host") return;
    namespaces.push(choice === "new" ? { type } : { type, path: choice.path });
  };
  add("network", choices.network);
  add("uts", choices.uts);
  add("pid", choices.pid);
  add("ipc", choices.ipc);
  add("cgroup", choices.cgroup);
  if (choices.user) namespaces.push({ type: "user" });
  return namespaces;
}
