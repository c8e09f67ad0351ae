// API types of containers: answers. Their requests are in container-requests.ts.
import type { ContainerConfig } from "./container-config.ts";
import type { EndpointSettings, NetworkSettings, PortSummary } from "./container-networks.ts";
import type { HostConfig } from "./host-configuration.ts";

/** The type of a request as answers show it: unset fields may be null. */
export type Answered<T> = { [Name in keyof T]: T[Name] | null };

export interface CreateContainerAnswer {
  Id: string;
  Warnings: string[];
}

export type ContainerStatus = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
export type HealthStatus = "none" | "starting" | "healthy" | "unhealthy";

export interface HealthcheckResult {
  Start: string;
  End: string;
  ExitCode: number;
  Output: string;
}

export interface Health {
  Status: HealthStatus;
  FailingStreak: number;
  Log: HealthcheckResult[];
}

/** Times are RFC 3339 with nanoseconds; "0001-01-01T00:00:00Z" is never. */
export interface ContainerStateAnswer {
  Status: ContainerStatus;
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  Dead: boolean;
  Pid: number;
  ExitCode: number;
  Error: string;
  StartedAt: string;
  FinishedAt: string;
  Health?: Health;
  /** Berth extension: when a "restarting" container is started next, RFC 3339. */
  NextAttempt?: string;
  /** Berth extension: processes that outlived the main one kept its output open; their later output is lost. */
  OutputTruncated?: true;
  /** Berth extension: the operation in which the runtime or monitor hangs, and since when (RFC 3339). */
  Unresponsive?: { Operation: string; Since: string };
}

/** A mount as `inspect` and `ps` show it. */
export interface MountPoint {
  Type: "bind" | "volume" | "tmpfs" | "image";
  Name?: string;
  Source: string;
  Destination: string;
  Driver?: string;
  Mode: string;
  RW: boolean;
  Propagation: string;
}

export interface ContainerInspect {
  Id: string;
  Created: string;
  Path: string;
  Args: string[];
  State: ContainerStateAnswer;
  Image: string;
  ResolvConfPath: string;
  HostnamePath: string;
  HostsPath: string;
  LogPath: string;
  Name: string;
  RestartCount: number;
  Driver: string;
  Platform: string;
  MountLabel: string;
  ProcessLabel: string;
  AppArmorProfile: string;
  ExecIDs: string[] | null;
  HostConfig: Answered<HostConfig>;
  GraphDriver: { Name: string; Data: Record<string, string> | null };
  SizeRw?: number;
  SizeRootFs?: number;
  Mounts: MountPoint[];
  Config: Answered<ContainerConfig>;
  NetworkSettings: NetworkSettings;
}

export interface ContainerSummary {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  /** Seconds since 1970. */
  Created: number;
  Ports: PortSummary[];
  SizeRw?: number;
  SizeRootFs?: number;
  Labels: Record<string, string>;
  State: ContainerStatus;
  Status: string;
  HostConfig: { NetworkMode: string; Annotations?: Record<string, string> };
  NetworkSettings: { Networks: Record<string, EndpointSettings> };
  Mounts: MountPoint[];
}

export interface WaitAnswer {
  StatusCode: number;
  Error?: { Message: string };
}

export interface TopAnswer {
  Titles: string[];
  Processes: string[][];
}

/** `Kind` 0 is changed, 1 added, 2 deleted. */
export interface FilesystemChange {
  Path: string;
  Kind: 0 | 1 | 2;
}

export interface PruneContainersAnswer {
  ContainersDeleted: string[] | null;
  SpaceReclaimed: number;
}

/** The base64 JSON of `X-Docker-Container-Path-Stat`. `mode` has Go's os.FileMode bits. */
export interface PathStat {
  name: string;
  size: number;
  mode: number;
  mtime: string;
  linkTarget: string;
}
