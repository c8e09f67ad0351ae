// API types of containers. Requests are schemas, which the server validates with; answers are plain types.
import * as v from "valibot";
import {
  type EndpointSettings,
  endpointRequestSchema,
  type NetworkSettings,
  type PortSummary,
  portMapSchema,
} from "./container-networks.ts";
import { configOptions } from "./container-options.ts";
import { flag, integer, labels, text, texts, words } from "./fields.ts";
import { type HostConfig, hostConfigSchema, resourcesSchema, restartPolicySchema } from "./host-configuration.ts";
import { fieldSchemas } from "./option-schemas.ts";

/**
 * Durations are nanoseconds. `Test` is [], ["NONE"], ["CMD", …] or ["CMD-SHELL", line]; Berth's additions, which start
 * no process in the container, are ["TCP", "[host:]port"] and ["HTTP", "http://host[:port]/path"].
 */
export const healthConfigSchema = v.object({
  Test: texts,
  Interval: integer,
  Timeout: integer,
  Retries: integer,
  StartPeriod: integer,
  StartInterval: integer,
});
export type HealthConfig = v.InferOutput<typeof healthConfigSchema>;

/** The portable half of a container's configuration; also the `Config` of an image. */
export const containerConfigSchema = v.object({
  ...fieldSchemas(configOptions),
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: v.optional(v.record(v.string(), v.object({}))),
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: words,
  Healthcheck: v.optional(healthConfigSchema),
  ArgsEscaped: flag,
  Image: text,
  Volumes: v.optional(v.record(v.string(), v.object({}))),
  Entrypoint: words,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: texts,
  Labels: labels,
  Shell: words,
});
export type ContainerConfig = v.InferOutput<typeof containerConfigSchema>;

/** The type of a request as answers show it: unset fields may be null. */
export type Answered<T> = { [Name in keyof T]: T[Name] | null };

export const createContainerSchema = v.object({
  ...containerConfigSchema.entries,
  HostConfig: v.optional(hostConfigSchema),
  NetworkingConfig: v.optional(
    v.object({ EndpointsConfig: v.optional(v.record(v.string(), v.optional(endpointRequestSchema))) }),
  ),
});
export type CreateContainerRequest = v.InferOutput<typeof createContainerSchema>;

export interface CreateContainerAnswer {
  Id: string;
  Warnings: string[];
}

export const updateContainerSchema = v.object({
  ...resourcesSchema.entries,
  RestartPolicy: v.optional(restartPolicySchema),
  /** Berth extension: ports to publish, also while the container runs. */
  PublishAdd: v.optional(portMapSchema),
  /** Berth extension: the container's ports ("80/tcp") to unpublish. */
  PublishRemove: texts,
});
export type UpdateContainerRequest = v.InferOutput<typeof updateContainerSchema>;

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
