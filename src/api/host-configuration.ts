// API types of the host-dependent half of a container's configuration: limits, mounts, devices, restart policy.
import * as v from "valibot";
import { portMapSchema } from "./container-networks.ts";
import { hostOptions, limitOptions, namespaceOptions, resourceOptions } from "./container-options.ts";
import { flag, integer, labels, text, texts, uint64, words } from "./fields.ts";
import { fieldSchemas } from "./option-schemas.ts";

export { type Ulimit, ulimitSchema } from "./option-schemas.ts";

/** Berth extension: the delays between restarts. Durations are nanoseconds. */
export const restartBackoffSchema = v.object({
  /** Before the first restart; 100 ms when absent. */
  Initial: integer,
  /** The maximum delay; a minute when absent. */
  Maximum: integer,
  /** The factor between one delay and the next; 2 when absent. */
  Multiplier: v.optional(v.number()),
  /** A run of this length resets the delay; 10 s when absent. */
  ResetAfter: integer,
});
export type RestartBackoff = v.InferOutput<typeof restartBackoffSchema>;

/** `Name` is "no", "always", "unless-stopped" or "on-failure". */
export const restartPolicySchema = v.object({
  Name: text,
  MaximumRetryCount: integer,
  /** Berth extension: restart a container that becomes unhealthy, whatever `Name` says. */
  OnUnhealthy: flag,
  Backoff: v.optional(restartBackoffSchema),
});
export type RestartPolicy = v.InferOutput<typeof restartPolicySchema>;

export const mountSpecSchema = v.object({
  Type: v.optional(v.string()),
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: v.optional(
    v.object({
      Propagation: text,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: flag,
      ReadOnlyForceRecursive: flag,
      /** Berth extension: "match-user" maps the owner of the source to the container's user by an ID-mapped mount. */
      IdMap: text,
    }),
  ),
  VolumeOptions: v.optional(
    v.object({
      NoCopy: flag,
      Labels: labels,
      Subpath: text,
      DriverConfig: v.optional(v.object({ Name: text, Options: labels })),
    }),
  ),
  ImageOptions: v.optional(v.object({ Subpath: text })),
  TmpfsOptions: v.optional(v.object({ SizeBytes: integer, Mode: integer, Options: v.optional(v.array(texts)) })),
});
export type MountSpec = v.InferOutput<typeof mountSpecSchema>;

export const deviceMappingSchema = v.object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text });
export type DeviceMapping = v.InferOutput<typeof deviceMappingSchema>;

export const deviceRequestSchema = v.object({
  Driver: text,
  Count: integer,
  DeviceIDs: texts,
  Capabilities: v.optional(v.array(v.array(v.string()))),
  Options: labels,
});
export type DeviceRequest = v.InferOutput<typeof deviceRequestSchema>;

/**
 * Berth extension: a value that the container gets as a read-only file and that no answer shows. `Value` is base64 and
 * only in requests; `Target` is below /run/secrets unless absolute; `Mode` is 0444 when absent.
 */
export const secretSchema = v.object({
  Name: v.string(),
  Value: text,
  Target: text,
  UID: integer,
  GID: integer,
  Mode: integer,
});
export type Secret = v.InferOutput<typeof secretSchema>;

export const resourcesSchema = v.object({
  ...fieldSchemas(resourceOptions),
  ...fieldSchemas(limitOptions),
  Devices: v.optional(v.array(deviceMappingSchema)),
  DeviceRequests: v.optional(v.array(deviceRequestSchema)),
  KernelMemory: integer,
  KernelMemoryTCP: integer,
  MemorySwappiness: integer,
  CpuCount: integer,
  CpuPercent: integer,
  IOMaximumIOps: integer,
  IOMaximumBandwidth: integer,
});
export type Resources = v.InferOutput<typeof resourcesSchema>;

/** The half of a container's configuration that depends on the host. Sizes are bytes. */
export const hostConfigSchema = v.object({
  ...resourcesSchema.entries,
  ...fieldSchemas(hostOptions),
  ...fieldSchemas(namespaceOptions),
  Binds: texts,
  LogConfig: v.optional(v.object({ Type: text, Config: labels })),
  NetworkMode: text,
  PortBindings: v.optional(portMapSchema),
  RestartPolicy: v.optional(restartPolicySchema),
  ConsoleSize: v.optional(v.tuple([uint64, uint64])),
  CapAdd: words,
  CapDrop: words,
  Cgroup: text,
  SecurityOpt: texts,
  StorageOpt: labels,
  Tmpfs: labels,
  Secrets: v.optional(v.array(secretSchema)),
  Mounts: v.optional(v.array(mountSpecSchema)),
  MaskedPaths: texts,
  ReadonlyPaths: texts,
});
export type HostConfig = v.InferOutput<typeof hostConfigSchema>;
