// What the engine knows of one container: what was asked for (spec, fixed at create but for renames and updates) and what
// is (state). Both are JSON documents of the database; record-format.ts reads and writes them.

import type { Propagation } from "../../runtime/spec/mounts.ts";
import type { ContainerConfiguration } from "./configuration/container-configuration.ts";
import type { HostConfiguration } from "./configuration/host-configuration.ts";
import { isActive, type Life } from "./lifecycle/transitions.ts";

/** A mount as clients are shown it. */
export interface MountPoint {
  type: "bind" | "volume" | "tmpfs" | "image";
  /** Of a volume its name, of an image the reference. */
  name?: string | undefined;
  /** A path of the host, or an image's ID; "" for a tmpfs. */
  source: string;
  destination: string;
  driver?: string | undefined;
  /** As `-v` has it. */
  mode: string;
  readOnly: boolean;
  /** "" for mounts that have none. */
  propagation: Propagation | "";
}

export interface ContainerSpec {
  id: string;
  name: string;
  /** RFC 3339. */
  created: string;
  /** The reference the client named, as typed. */
  imageReference: string;
  imageId: string;
  config: ContainerConfiguration;
  hostConfig: HostConfiguration;
  mountPoints: MountPoint[];
  /** Names of the volumes created for this container alone, which `rm -v` removes. */
  anonymousVolumes: string[];
  /** It runs a step of a build; the daemon after the one that ran the build removes it. */
  isBuildStep?: true | undefined;
}

/** Times are RFC 3339. */
export interface ProbeResult {
  start: string;
  end: string;
  exitCode: number;
  output: string;
}

export interface HealthState {
  status: "none" | "starting" | "healthy" | "unhealthy";
  failingStreak: number;
  /** The last results, the newest at the end. */
  log: ProbeResult[];
}

export interface ContainerState {
  life: Life;
  exitCode: number;
  error: string;
  oomKilled: boolean;
  /** A process outlived the main one and held its output open: what it wrote afterwards is not in the log. */
  outputTruncated: boolean;
  /** RFC 3339, or never. */
  startedAt: string;
  finishedAt: string;
  restartCount: number;
  /** The delay before the last restart in milliseconds, by which the next one is chosen; 0 after a start by a client. */
  restartDelay: number;
  /** Whether a client stopped it, which `unless-stopped` remembers over restarts of the daemon. */
  stoppedByClient: boolean;
  health?: HealthState | undefined;
}

export const isRunning = (state: ContainerState): boolean => isActive(state.life);

/** The command: what Docker shows as Path and Args. */
export function commandOf(config: ContainerConfiguration): { path: string; args: string[] } {
  const [path = "", ...args] = [...(config.entrypoint ?? []), ...(config.cmd ?? [])];
  return { path, args };
}
