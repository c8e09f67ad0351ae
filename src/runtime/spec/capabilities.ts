// The capabilities of a container's processes: Docker's default set with --cap-add, --cap-drop and --privileged applied.
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

/** The default set: 00000000a80425fb in /proc/self/status. */
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

export interface CapabilityOptions {
  privileged: boolean;
  add: readonly string[];
  drop: readonly string[];
}

/** The capabilities in a mask as /proc/PID/status shows it, in the kernel's order. */
export function capabilitiesOfMask(mask: bigint): string[] {
  return CAPABILITIES.filter((_, number) => (mask >> BigInt(number)) & 1n);
}

/**
 * Normalizes a list of --cap-add or --cap-drop: full names, upper case, no duplicates.
 * @throws BerthError invalidParameter in Docker's words for an unknown name
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
 * The capabilities of a container. `available` is the daemon's bounding set: "ALL" and privileged mean all of it, because
 * the runtime fails on capabilities that the daemon lacks.
 * @throws BerthError invalidParameter for an unknown or unavailable capability
 */
export function resolveCapabilities(wishes: CapabilityOptions, available: readonly string[]): string[] {
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
 * The five capability sets of a process. Root has all of `names` effective; other users only in the bounding set, as after
 * execve. None are inheritable or ambient.
 */
export function capabilitySets(names: readonly string[], uid: number): OciCapabilities {
  const working = uid === 0 ? [...names] : [];
  return { bounding: [...names], effective: working, permitted: working, inheritable: [], ambient: [] };
}
