// Which capabilities a container's processes hold: Docker's default set, changed by --cap-add, --cap-drop and --privileged.
import { BerthError } from "../../api/errors.ts";
import type { OciCapabilities } from "./types.ts";

/** Every capability of Linux, at its number. Source: include/uapi/linux/capability.h. */
export const CAPABILITIES: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
];

/** What a container gets when nothing is asked: /proc/self/status shows it as 00000000a80425fb. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

const ALL = "ALL";

export interface CapabilityWishes {
  privileged: boolean;
  add: readonly string[];
  drop: readonly string[];
}

/** The capabilities in a mask as /proc/PID/status shows it, in the kernel's order. */
export function capabilitiesOfMask(mask: bigint): string[] {
  return CAPABILITIES.filter((_, number) => (mask >> BigInt(number)) & 1n);
}

/**
 * One list of --cap-add or --cap-drop with full names, upper case and without repetitions.
 * @throws BerthError invalidParameter in Docker's words for a name no kernel knows.
 */
export function normalizeCapabilities(names: readonly string[], list: "CapAdd" | "CapDrop"): string[] {
  const normalized = names.map((name) => {
    const upper = name.toUpperCase();
    if (upper === ALL) return ALL;
    const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
    if (CAPABILITIES.includes(full)) return full;
    throw new BerthError("invalidParameter", `invalid ${list}: unknown capability: "${full}"`);
  });
  return [...new Set(normalized)];
}

/**
 * The set a container runs with. `available` is what this host can give (the daemon's own bounding set):
 * "ALL" and privileged mean all of that, as a runtime fails on a capability the daemon does not hold itself.
 * @throws BerthError invalidParameter for a capability unknown or not to be had on this host.
 */
export function resolveCapabilities(wishes: CapabilityWishes, available: readonly string[]): string[] {
  if (wishes.privileged) return [...available];
  const add = normalizeCapabilities(wishes.add, "CapAdd");
  const drop = normalizeCapabilities(wishes.drop, "CapDrop");
  const missing = add.find((name) => name !== ALL && !available.includes(name));
  if (missing !== undefined) {
    throw new BerthError(
      "invalidParameter",
      `invalid CapAdd: capability not supported by your kernel or not available in the current environment: "${missing}"`,
    );
  }
  if (add.includes(ALL)) return available.filter((name) => !drop.includes(name));
  if (drop.includes(ALL)) return add;
  const kept = DEFAULT_CAPABILITIES.filter((name) => available.includes(name) && !drop.includes(name));
  return [...new Set([...kept, ...add])];
}

/**
 * The five sets of a process. A root process works with all of `names`; any other user has them only as its bound,
 * as execve would leave it. Nothing is ever inheritable or ambient.
 */
export function capabilitySets(names: readonly string[], uid: number): OciCapabilities {
  const working = uid === 0 ? [...names] : [];
  return { bounding: [...names], effective: working, permitted: working, inheritable: [], ambient: [] };
}
