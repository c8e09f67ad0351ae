// Decides which namespaces of a container are new, the host's, or another container's.
import type { HostConfiguration } from "../../engine/containers/configuration/host-configuration.ts";
import type {
  IpcMode,
  NetworkMode,
  OwnOrHost,
  PidMode,
} from "../../engine/containers/configuration/namespace-modes.ts";
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

/** The name or ID of the container whose namespace a mode joins; undefined for other modes. */
export function containerOfMode(mode: NetworkMode | IpcMode | PidMode | OwnOrHost | undefined): string | undefined {
  return typeof mode === "object" && "container" in mode ? mode.container : undefined;
}

/**
 * Chooses by the modes of a configuration. `network` is decided by the networks; `pidOf` gives the process id of a
 * running container and throws when it is not running; `mapping` has the ids of a user namespace.
 */
export function chooseNamespaces(
  hostConfig: HostConfiguration,
  network: NamespaceChoice,
  pidOf: (reference: string, kind: OciNamespaceType) => number,
  mapping?: { uids: OciIdMapping[]; gids: OciIdMapping[] },
): NamespaceChoices {
  const choose = (mode: IpcMode | PidMode | OwnOrHost, type: OciNamespaceType): NamespaceChoice => {
    if (mode === "host") return "host";
    const reference = containerOfMode(mode);
    return reference === undefined ? "new" : { path: `/proc/${pidOf(reference, type)}/ns/${type}` };
  };
  // Shared namespaces require the user namespace that owns them.
  const donor = containerOfMode(hostConfig.pidMode) ?? containerOfMode(hostConfig.ipcMode);
  const user = mapping && donor !== undefined ? { path: `/proc/${pidOf(donor, "user")}/ns/user` } : mapping;
  return {
    network,
    ...(user && { user }),
    pid: choose(hostConfig.pidMode, "pid"),
    ipc: choose(hostConfig.ipcMode, "ipc"),
    uts: choose(hostConfig.utsMode, "uts"),
    cgroup: choose(hostConfig.cgroupnsMode, "cgroup"),
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
