// Checks the engine's privileges and the kernel's features.
import { release } from "node:os";
import type { HostFacts } from "../../runtime/spec/host.ts";
import { error, type HostFinding, warning } from "./finding.ts";

/** The first kernel with openat2, which resolves paths inside containers. */
const OLDEST_KERNEL: readonly [number, number] = [5, 6];

export function privileges(host: HostFacts): (HostFinding | undefined)[] {
  const missing = ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_MKNOD", "CAP_CHOWN"].filter(
    (name) => !host.capabilities.includes(name),
  );
  return [
    process.getuid?.() === 0
      ? undefined
      : error("the engine is not running as root", "it cannot create namespaces or mounts", "run `sudo berth daemon`"),
    missing.length > 0
      ? error(
          `the engine lacks ${missing.join(", ")}`,
          "containers cannot be set up",
          "run it without a capability bounding set",
        )
      : undefined,
    host.mayRaiseLimits
      ? undefined
      : warning(
          "the engine lacks CAP_SYS_RESOURCE",
          "limits above the engine's own and lower OOM scores are not applied",
          "give the engine CAP_SYS_RESOURCE, or raise its own limits before it starts",
        ),
  ];
}

export function kernel({ kernel: [major, minor] }: HostFacts): (HostFinding | undefined)[] {
  const [oldestMajor, oldestMinor] = OLDEST_KERNEL;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return [];
  return [
    error(
      `kernel ${release()} is older than ${oldestMajor}.${oldestMinor}`,
      "paths inside containers cannot be resolved safely",
      `boot a kernel of at least ${oldestMajor}.${oldestMinor}`,
    ),
  ];
}

export function confinement(host: HostFacts): (HostFinding | undefined)[] {
  return [
    host.seccomp
      ? undefined
      : warning(
          "the kernel has no seccomp filters",
          "containers can make every system call",
          "boot a kernel with CONFIG_SECCOMP_FILTER",
        ),
  ];
}
