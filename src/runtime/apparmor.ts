// AppArmor: the profile of every container on hosts that support it, unless another one is requested.
// Source of the language: apparmor.d(5).
import { existsSync, readFileSync } from "node:fs";
import { BerthError } from "../api/errors.ts";
import type { HostConfiguration } from "../engine/containers/configuration/host-configuration.ts";
import type { HostFacts } from "./spec/host.ts";
import { parseSecurityOptions } from "./spec/security-options.ts";

const DEFAULT_PROFILE = "berth-default";
const UNCONFINED = "unconfined";

const LOADED_PROFILES = "/sys/kernel/security/apparmor/profiles";
const PARSER = "apparmor_parser";
/** A busy machine takes seconds to compile the profile. */
const DEADLINE_MILLISECONDS = 60_000;

/**
 * Denies what Docker's own profile denies: mounting, and writing to the kernel's view of the host. Files and capabilities
 * are allowed, as other mechanisms restrict them.
 */
export const defaultAppArmorProfile = `
include <tunables/global>

profile ${DEFAULT_PROFILE} flags=(attach_disconnected,mediate_deleted) {
  include <abstractions/base>

  file,
  capability,
  network,
  umount,

  # The host's programs may signal and look at a container's, a container's only each other.
  signal (receive) peer=unconfined,
  signal (send, receive) peer=${DEFAULT_PROFILE},
  ptrace (trace, read, tracedby, readby) peer=${DEFAULT_PROFILE},

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

/** The compilation in progress, shared by containers that start together. */
let loading: Promise<void> | undefined;

/** The profile of a container; undefined where the host has no AppArmor. */
export function appArmorProfileOf(hostConfig: HostConfiguration, host: HostFacts): string | undefined {
  if (!host.appArmor) return undefined;
  const { appArmor } = parseSecurityOptions(hostConfig.securityOpt ?? []);
  return appArmor ?? (hostConfig.privileged ? UNCONFINED : DEFAULT_PROFILE);
}

/**
 * Makes sure that a container's profile is loaded. The default profile is loaded when it is missing: a reload of the host's
 * profiles may have removed it.
 * @throws BerthError invalidParameter for a requested profile that is not loaded, internal when loading fails
 */
export async function prepareAppArmor(hostConfig: HostConfiguration, host: HostFacts): Promise<void> {
  const profile = appArmorProfileOf(hostConfig, host);
  if (profile === undefined || profile === UNCONFINED || isLoaded(profile)) return;
  if (profile === DEFAULT_PROFILE) {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }
  const advice = "load it with apparmor_parser, or take unconfined";
  throw new BerthError(
    "invalidParameter",
    `unable to apply apparmor profile: the host has not loaded a profile ${profile}: ${advice}`,
  );
}

/** Whether a profile with this name is loaded. */
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
      `AppArmor is enabled, but the profile ${DEFAULT_PROFILE} could not be loaded: ${reason}`,
    );
  if (program === null) throw failed(`${PARSER} is not installed (package apparmor)`);
  const child = Bun.spawn([program, "--skip-cache", "--replace"], {
    env: process.env,
    stdio: [Buffer.from(defaultAppArmorProfile), "ignore", "pipe"],
    timeout: DEADLINE_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  const [complaint, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw failed(complaint.trim());
}
