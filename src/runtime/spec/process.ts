// Builds the process of a container and those of exec: arguments, environment, user, capabilities and limits.

import { overrideVariables, variableName } from "../../api/environment.ts";
import type { ContainerConfiguration } from "../../engine/containers/configuration/container-configuration.ts";
import type { HostConfiguration } from "../../engine/containers/configuration/host-configuration.ts";
import type { Ulimit } from "../../engine/containers/configuration/option-fields.ts";
import { capabilitySets } from "./capabilities.ts";
import type { HostFacts } from "./host.ts";
import { INIT_DESTINATION } from "./mounts.ts";
import type { OciProcess, OciRlimit } from "./types.ts";
import type { ProcessUser } from "./user.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const DEFAULT_TERM = "TERM=xterm";

/** RLIM_INFINITY of getrlimit(2), beyond the exact range of numbers. */
const RLIM_INFINITY = 2n ** 64n - 1n;

/** Rows and columns, as clients give them. */
export type consoleSize = readonly [number, number];

export interface ProcessInput {
  config: ContainerConfiguration;
  hostConfig: HostConfiguration;
  hostname: string;
  user: ProcessUser;
  capabilities: readonly string[];
  noNewPrivileges: boolean;
  appArmorProfile?: string;
  defaultUlimits: Readonly<Record<string, Ulimit>>;
  /** Whether the process runs under the init program. */
  underInit: boolean;
  host: HostFacts;
}

export function buildProcess(input: ProcessInput): OciProcess {
  const { config, hostConfig, host, user } = input;
  const words = [...(config.entrypoint ?? []), ...(config.cmd ?? [])];
  const tty = config.tty;
  const process: OciProcess = {
    terminal: tty,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    args: input.underInit ? [INIT_DESTINATION, "--", ...words] : words,
    env: processEnvironment(config.env ?? [], input.hostname, user.home, tty),
    cwd: config.workingDir || "/",
    capabilities: capabilitySets(input.capabilities, user.uid),
    rlimits: rlimitsOf(hostConfig.ulimits ?? [], input.defaultUlimits, host),
    noNewPrivileges: input.noNewPrivileges,
  };
  if (tty && hostConfig.consoleSize) process.consoleSize = consoleSizeOf(hostConfig.consoleSize);
  if (input.appArmorProfile !== undefined) process.apparmorProfile = input.appArmorProfile;
  const oomScoreAdj = hostConfig.oomScoreAdj ?? 0;
  if (host.mayRaiseLimits || oomScoreAdj >= host.oomScoreAdjust) process.oomScoreAdj = oomScoreAdj;
  return process;
}

export interface ExecInput {
  /** The container's own process, from its bundle. */
  container: OciProcess;
  args: readonly string[];
  env: readonly string[];
  workingDirectory: string;
  tty: boolean;
  consoleSize?: consoleSize;
  privileged: boolean;
  /** The container's own user by default. */
  user?: ProcessUser;
  host: HostFacts;
}

/** The process.json of `runtime exec`: the container's process with the changes of the exec request. */
export function buildExecProcess(input: ExecInput): OciProcess {
  const { container, user } = input;
  const uid = user?.uid ?? container.user.uid;
  const names = input.privileged ? input.host.capabilities : container.capabilities.bounding;
  const inherited =
    user === undefined ? container.env : container.env.filter((entry) => variableName(entry) !== "HOME");
  const base = withTerminal(inherited, container.terminal === true, input.tty);
  const process: OciProcess = {
    ...container,
    terminal: input.tty,
    user: user ? { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids } : container.user,
    args: [...input.args],
    env: withHome(overrideVariables(base, input.env), user?.home),
    cwd: input.workingDirectory || container.cwd,
    capabilities: capabilitySets(names, uid),
    rlimits: (container.rlimits ?? []).map(exactLimits),
  };
  delete process.consoleSize;
  if (input.tty && input.consoleSize) process.consoleSize = consoleSizeOf(input.consoleSize);
  if (input.privileged && process.apparmorProfile !== undefined) process.apparmorProfile = "unconfined";
  return process;
}

/** Parsing the bundle's JSON rounds "unlimited" to a number that no runtime accepts. */
function exactLimits({ type, soft, hard }: OciRlimit): OciRlimit {
  const exact = (limit: number | bigint) => (limit > Number.MAX_SAFE_INTEGER ? RLIM_INFINITY : limit);
  return { type, soft: exact(soft), hard: exact(hard) };
}

/** PATH, HOSTNAME and TERM in this order, then the container's own variables, then HOME unless it is set. */
function processEnvironment(own: readonly string[], hostname: string, home: string, tty: boolean): string[] {
  const defaults = [DEFAULT_PATH, `HOSTNAME=${hostname}`, ...(tty ? [DEFAULT_TERM] : [])];
  return withHome(overrideVariables(defaults, own), home);
}

/** TERM follows the terminal of the exec, not that of the container, unless the container's configuration sets it. */
function withTerminal(env: string[], containerHasTerminal: boolean, tty: boolean): string[] {
  if (!tty) return containerHasTerminal ? env.filter((entry) => entry !== DEFAULT_TERM) : env;
  return env.some((entry) => variableName(entry) === "TERM") ? env : [...env, DEFAULT_TERM];
}

/** As runc, takes an empty HOME for none. */
function withHome(env: string[], home: string | undefined): string[] {
  const own = env.filter((entry) => entry !== "HOME=");
  return home === undefined || own.some((entry) => variableName(entry) === "HOME") ? own : [...own, `HOME=${home}`];
}

function consoleSizeOf([height, width]: consoleSize): { height: number; width: number } {
  return { height, width };
}

/**
 * The container's ulimits, with the engine's defaults. Without CAP_SYS_RESOURCE hard limits are capped at the daemon's
 * own; create has warned about that.
 */
function rlimitsOf(asked: readonly Ulimit[], defaults: Readonly<Record<string, Ulimit>>, host: HostFacts): OciRlimit[] {
  const byName = new Map(Object.entries(defaults));
  for (const ulimit of asked) byName.set(ulimit.name, ulimit);
  return [...byName].map(([name, { soft, hard }]) => {
    const type = rlimitType(name);
    const ceiling = hardLimitCeiling(type, host);
    return { type, soft: ociLimit(Math.min(limitOf(soft), ceiling)), hard: ociLimit(Math.min(limitOf(hard), ceiling)) };
  });
}

/** Maps "nofile" to "RLIMIT_NOFILE". */
export function rlimitType(ulimit: string): string {
  return `RLIMIT_${ulimit.toUpperCase()}`;
}

/** The maximum of a container's hard limit on this host; Infinity without one. */
export function hardLimitCeiling(type: string, host: HostFacts): number {
  return host.mayRaiseLimits ? Number.POSITIVE_INFINITY : (host.hardLimits.get(type) ?? Number.POSITIVE_INFINITY);
}

/** -1 is unlimited. */
export function limitOf(value: number): number {
  return value === -1 ? Number.POSITIVE_INFINITY : value;
}

function ociLimit(value: number): number | bigint {
  return value === Number.POSITIVE_INFINITY ? RLIM_INFINITY : value;
}
