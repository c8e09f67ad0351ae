// What the engine knows of one container: what was asked (spec, fixed at create but for renames and updates)
// and what is (state). Both are kept in the database as they stand here.
import type { ContainerConfig, HealthcheckResult, HealthStatus, MountPoint } from "../../api/containers.ts";
import type { HostConfig } from "../../api/host-configuration.ts";

export interface ContainerSpec {
  id: string;
  name: string;
  /** RFC 3339. */
  created: string;
  /** The reference the client named, as typed. */
  imageReference: string;
  imageId: string;
  config: ContainerConfig;
  hostConfig: HostConfig;
  mountPoints: MountPoint[];
  /** Names of the volumes made for this container alone, which `rm -v` removes. */
  anonymousVolumes: string[];
  /** It runs a step of a build, and goes with the daemon that began it. */
  isBuildStep?: true;
}

/** Which part of its life the container is in, with what exists only then. */
export type Life =
  | { status: "created" | "exited" | "dead" }
  /** `volumes`: whether its anonymous volumes go too. */
  | { status: "removing"; volumes: boolean }
  | { status: "running" | "paused"; pid: number; monitorPid: number }
  | { status: "restarting"; nextAttempt: string };

export interface HealthState {
  status: HealthStatus;
  failingStreak: number;
  log: HealthcheckResult[];
}

export interface ContainerState {
  life: Life;
  exitCode: number;
  error: string;
  oomKilled: boolean;
  outputTruncated?: true;
  /** RFC 3339, or never. */
  startedAt: string;
  finishedAt: string;
  restartCount: number;
  /** Whether a client stopped it, which `unless-stopped` remembers over restarts of the daemon. */
  stoppedByClient: boolean;
  health?: HealthState;
}

export const isRunning = (state: ContainerState): boolean =>
  state.life.status === "running" || state.life.status === "paused";

/** The words of the command: what Docker shows as Path and Args. */
export function commandOf(config: ContainerConfig): { path: string; args: string[] } {
  const [path = "", ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  return { path, args };
}
