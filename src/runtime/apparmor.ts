// AppArmor: the profile that confines every container on hosts that have it, unless another is asked for.
// Source of the language: apparmor.d(5).
import { existsSync, readFileSync } from "node:fs";
import type { HostConfig } from "../api/containers.ts";
import { BerthError } from "../api/errors.ts";
import type { HostFacts } from "./spec/host.ts";
import { parseSecurityOptions } from "./spec/security-options.ts";

const DEFAULT_APPARMOR_PROFILE = "berth-default";

const LOADED_PROFILES = "/sys/kernel/security/apparmor/profiles";
const PARSER = "apparmor_parser";
const DEADLINE_MILLISECONDS = 10_000;

/**
 * What Docker's own profile holds back, in the engine's own words: files and capabilities are free, as other walls stand
 * there; mounting, and writing to what the kernel shows of the host, are not.
 */
const PROFILE = `
include <tunables/global>

profile ${DEFAULT_APPARMOR_PROFILE} flags=(attach_disconnected,mediate_deleted) {
  include <abstractions/base>

  file,
  capability,
  network,
  umount,

  # The host's programs may signal and look at a container's, a container's only each other.
  signal (receive) peer=unconfined,
  signal (send, receive) peer=${DEFAULT_APPARMOR_PROFILE},
  ptrace (trace, read, tracedby, readby) peer=${DEFAULT_APPARMOR_PROFILE},

  deny mount,

  # /proc: only a process's own directory (a number, "self", "thread-self") and kernel.shm* may be written.
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9st],[^1-9st]*}/** w,
  deny @{PROC}/s{[^ey],ys[^/]}** w,
  deny @{PROC}/t[^h]** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/[^s]** w,
  deny @{PROC}/sys/kernel/s[^h]** w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,

  # /sys: nothing but control groups may be written, and nothing of the firmware be seen.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,
}
`;

/**
 * The name of the default profile for a container that needs it, loaded into the kernel first if it is not there: it may
 * have gone since the last container, when the host's own profiles were loaded again. Undefined where the host has no
 * AppArmor, or the container is privileged or names its own profile.
 * @throws BerthError internal when it cannot be loaded
 */
export async function defaultAppArmorProfile(hostConfig: HostConfig, host: HostFacts): Promise<string | undefined> {
  if (!host.appArmor || hostConfig.Privileged) return undefined;
  if (parseSecurityOptions(hostConfig.SecurityOpt ?? []).appArmor !== undefined) return undefined;
  if (!isLoaded(DEFAULT_APPARMOR_PROFILE)) await load();
  return DEFAULT_APPARMOR_PROFILE;
}

/** Whether the kernel knows a profile of this name. */
function isLoaded(profile: string): boolean {
  if (!existsSync(LOADED_PROFILES)) return false;
  return readFileSync(LOADED_PROFILES, "utf8")
    .split("\n")
    .some((line) => line.startsWith(`${profile} (`));
}

async function load(): Promise<void> {
  const program = Bun.which(PARSER);
  const failed = (reason: string): BerthError =>
    new BerthError(
      "internal",
      `AppArmor is enabled, but the profile ${DEFAULT_APPARMOR_PROFILE} could not be loaded: ${reason}`,
    );
  if (program === null) throw failed(`${PARSER} is not installed (package apparmor)`);
  const child = Bun.spawn([program, "--skip-cache", "--replace"], {
    stdio: [Buffer.from(PROFILE), "ignore", "pipe"],
    timeout: DEADLINE_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  const [complaint, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw failed(complaint.trim());
}
