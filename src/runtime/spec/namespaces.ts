// Decides which namespaces of a container are new, the host's, or another container's.
import type { HostConfig } from "../../api/host-configuration.ts";
import type { OciIdMapping, OciNamespace, OciNamespaceType } from "./types.ts";

/** A new namespace, the host's, or the one at a path such as /proc/PID/ns/ipc. */
export type NamespaceChoice = "new" | "host" | { path: string };

export interface NamespaceChoices {
  network: NamespaceChoice;
  pid: NamespaceChoice;
  ipc: NamespaceChoice;
  uts: NamespaceChoice;
  cgroup: NamespaceChoice;
  /** The host's by default. */
  user?: UserNamespaceChoice;
}

/** A new user namespace with these mappings, or the one at a path. */
export type UserNamespaceChoice = { uids: OciIdMapping[]; gids: OciIdMapping[] } | { path: string };

const CONTAINER_PREFIX = "container:";

/** The name or id of a mode such as "container:web"; undefined for other modes. */
export function containerOfMode(mode: string | undefined): string | undefined {
  return mode?.startsWith(CONTAINER_PREFIX) ? mode.slice(CONTAINER_PREFIX.length) : undefined;
}

/**
 * Reads the modes of a host configuration. `network` is decided by the networks; `pidOf` gives the process id of a
 * running container and throws when it is not running; `mapping` has the ids of a user namespace.
 */
export function chooseNamespaces(
  hostConfig: HostConfig,
  network: NamespaceChoice,
  pidOf: (reference: string, kind: OciNamespaceType) => number,
  mapping?: { uids: OciIdMapping[]; gids: OciIdMapping[] },
): NamespaceChoices {
  const choose = (mode: string | undefined, type: OciNamespaceType): NamespaceChoice => {
    if (mode === "host") return "host";
    const reference = containerOfMode(mode);
    return reference === undefined ? "new" : { path: `/proc/${pidOf(reference, type)}/ns/${type}` };
  };
  // Shared namespaces require the user namespace that owns them.
  const donor = containerOfMode(hostConfig.PidMode) ?? containerOfMode(hostConfig.IpcMode);
  const user = mapping && donor !== undefined ? { path: `/proc/${pidOf(donor, "user")}/ns/user` } : mapping;
  return {
    network,
    ...(user && { user }),
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
  if (choices.user) add("user", "path" in choices.user ? choices.user : "new");
  return namespaces;
}
