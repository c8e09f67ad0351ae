// Builds the list of mounts: the kernel filesystems of every container, then the user's and the engine's mounts.
import { BerthError } from "../../api/errors.ts";
import type { OciMount } from "./types.ts";

export const propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"] as const;
export type Propagation = (typeof propagations)[number];

/** A prepared mount, with its source resolved to a path on the host. */
export type ContainerMount = BindMount | TmpfsMount;

export interface BindMount {
  type: "bind";
  destination: string;
  source: string;
  readOnly: boolean;
  /** Whether mounts below `source` are included. */
  recursive: boolean;
  /** Whether submounts are read-only too: if the kernel supports it, never, or always (else fail). */
  readOnlyDepth: "if-possible" | "never" | "always";
  propagation: Propagation;
}

export interface TmpfsMount {
  type: "tmpfs";
  destination: string;
  /** mount(8) words; "noexec,nosuid,nodev" are the defaults that the volumes service has already merged. */
  options: string[];
}

/** The engine's files for a container; absent ones are not mounted. */
export interface EngineFiles {
  resolvConf?: string;
  hostname?: string;
  hosts?: string;
  /** The init program of `--init`. */
  init?: string;
}

export interface SharedMemory {
  /** "private": a new tmpfs; "none": no /dev/shm; otherwise a host directory to bind. */
  source: "private" | "none" | { path: string };
  /** Bytes. */
  size: number;
}

export interface MountSetting {
  privileged: boolean;
  readOnlyRoot: boolean;
  sharedMemory: SharedMemory;
  /** Whether the user namespace is the container's own. */
  userNamespace: boolean;
  cgroupsWritable: boolean;
  /** Whether the kernel supports recursive read-only mounts (Linux 5.12). */
  recursiveReadOnly: boolean;
}

export const INIT_DESTINATION = "/sbin/docker-init";

/**
 * The mounts of config.json, parents before children; a user's mount replaces a default one at its destination.
 * @throws BerthError invalidParameter for a recursive read-only mount that the kernel cannot make
 */
export function buildMounts(mounts: readonly ContainerMount[], files: EngineFiles, setting: MountSetting): OciMount[] {
  const own = engineMounts(files, setting).filter((file) => !mounts.some((m) => m.destination === file.destination));
  const added = [...mounts, ...own].map((mount) => ociMountOf(mount, setting));
  added.sort((a, b) => depthOf(a.destination) - depthOf(b.destination));
  const taken = new Set(added.map((mount) => mount.destination));
  const defaults = defaultMounts(setting).filter(
    (mount) => !taken.has(mount.destination) && !(taken.has("/dev") && mount.destination.startsWith("/dev/")),
  );
  return [...defaults, ...added];
}

function defaultMounts(setting: MountSetting): OciMount[] {
  const guarded = ["nosuid", "noexec", "nodev"];
  const sysReadOnly = setting.privileged ? [] : ["ro"];
  const cgroupReadOnly = setting.cgroupsWritable ? [] : ["ro"];
  const mounts: OciMount[] = [
    { destination: "/proc", type: "proc", source: "proc", options: guarded },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    sysMount(setting, [...guarded, ...sysReadOnly]),
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...guarded, ...cgroupReadOnly] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: guarded },
  ];
  const shm = sharedMemoryMount(setting.sharedMemory);
  return shm ? [...mounts, shm] : mounts;
}

/** A user namespace that does not own the network namespace may not mount sysfs, only bind it. */
function sysMount(setting: MountSetting, options: string[]): OciMount {
  const destination = "/sys";
  return setting.userNamespace
    ? { destination, type: "bind", source: "/sys", options: ["rbind", ...options] }
    : { destination, type: "sysfs", source: "sysfs", options };
}

function sharedMemoryMount({ source, size }: SharedMemory): OciMount | undefined {
  const destination = "/dev/shm";
  if (source === "none") return undefined;
  if (source !== "private") {
    return { destination, type: "bind", source: source.path, options: ["rbind", "rprivate"] };
  }
  const options = ["nosuid", "noexec", "nodev", "mode=1777", `size=${size}`];
  return { destination, type: "tmpfs", source: "shm", options };
}

function engineMounts(files: EngineFiles, setting: MountSetting): BindMount[] {
  const places: [string, string | undefined, boolean][] = [
    ["/etc/resolv.conf", files.resolvConf, setting.readOnlyRoot],
    ["/etc/hostname", files.hostname, setting.readOnlyRoot],
    ["/etc/hosts", files.hosts, setting.readOnlyRoot],
    [INIT_DESTINATION, files.init, true],
  ];
  return places.flatMap(([destination, source, readOnly]) =>
    source === undefined
      ? []
      : [
          {
            type: "bind",
            destination,
            source,
            readOnly,
            recursive: false,
            readOnlyDepth: "if-possible",
            propagation: "rprivate",
          },
        ],
  );
}

function ociMountOf(mount: ContainerMount, setting: MountSetting): OciMount {
  const { destination } = mount;
  if (mount.type === "tmpfs") return { destination, type: "tmpfs", source: "tmpfs", options: mount.options };
  const options = [mount.recursive ? "rbind" : "bind"];
  if (mount.readOnly) {
    if (mount.readOnlyDepth === "always" && !setting.recursiveReadOnly) {
      throw new BerthError("invalidParameter", "rro is not supported (kernel is older than 5.12?)");
    }
    const whole = mount.recursive && mount.readOnlyDepth !== "never" && setting.recursiveReadOnly;
    options.push(whole ? "rro" : "ro");
  }
  options.push(mount.propagation);
  return { destination, type: "bind", source: mount.source, options };
}

/** The root's propagation, which shared and slave mounts below it require. */
export function rootPropagation(mounts: readonly ContainerMount[]): "rshared" | "rslave" | "rprivate" {
  const has = (kind: string) => mounts.some((mount) => mount.type === "bind" && mount.propagation.endsWith(kind));
  if (has("shared")) return "rshared";
  return has("slave") ? "rslave" : "rprivate";
}

function depthOf(path: string): number {
  return path.split("/").filter((part) => part !== "").length;
}
