// The half of a container's configuration that depends on the host. Front ends translate their protocol's form to it; the
// database keeps it as it is here.
import * as v from "valibot";
import { hostOptions, limitOptions, resourceOptions } from "../../../api/container-options.ts";
import { mountSchema } from "./mounts.ts";
import { ipcModeSchema, networkModeSchema, ownOrHostSchema, pidModeSchema } from "./namespace-modes.ts";
import { optionFields } from "./option-fields.ts";
import { publishedPortsSchema } from "./published-ports.ts";
import { restartPolicySchema } from "./restart-policy.ts";

const text = v.optional(v.string());
const texts = v.optional(v.array(v.string()));
const integer = v.optional(v.number());
const map = v.optional(v.record(v.string(), v.string()));

const deviceSchema = v.object({ pathOnHost: v.string(), pathInContainer: text, cgroupPermissions: text });
export type DeviceMapping = v.InferOutput<typeof deviceSchema>;

const deviceRequestSchema = v.object({
  driver: text,
  count: integer,
  deviceIds: texts,
  capabilities: v.optional(v.array(v.array(v.string()))),
  options: map,
});

/** A value that the container gets as a read-only file and that no answer shows. */
const secretSchema = v.object({
  name: v.string(),
  /** Base64; only in requests. */
  value: text,
  /** Below /run/secrets unless absolute. */
  target: text,
  uid: integer,
  gid: integer,
  /** 0444 when absent. */
  mode: integer,
});
export type Secret = v.InferOutput<typeof secretSchema>;

/** Sizes are bytes. */
export const limitsSchema = v.object({
  ...optionFields(resourceOptions),
  ...optionFields(limitOptions),
  devices: v.optional(v.array(deviceSchema)),
  deviceRequests: v.optional(v.array(deviceRequestSchema)),
  kernelMemory: integer,
  kernelMemoryTcp: integer,
  memorySwappiness: integer,
  cpuCount: integer,
  cpuPercent: integer,
  ioMaximumIops: integer,
  ioMaximumBandwidth: integer,
});
export type Limits = v.InferOutput<typeof limitsSchema>;

const logConfigurationSchema = v.object({ driver: v.string(), options: v.record(v.string(), v.string()) });
export type LogConfiguration = v.InferOutput<typeof logConfigurationSchema>;

export const hostConfigurationSchema = v.object({
  ...limitsSchema.entries,
  ...optionFields(hostOptions),
  networkMode: networkModeSchema,
  ipcMode: ipcModeSchema,
  pidMode: pidModeSchema,
  utsMode: ownOrHostSchema,
  usernsMode: ownOrHostSchema,
  cgroupnsMode: ownOrHostSchema,
  restartPolicy: restartPolicySchema,
  log: logConfigurationSchema,
  runtime: v.string(),
  shmSize: v.number(),
  /** As `-v` has them: "source:destination:mode". */
  binds: texts,
  mounts: v.optional(v.array(mountSchema)),
  /** Options by path. */
  tmpfs: map,
  secrets: v.optional(v.array(secretSchema)),
  ports: v.optional(publishedPortsSchema),
  /** Rows and columns. */
  consoleSize: v.optional(v.tuple([v.number(), v.number()])),
  capAdd: texts,
  capDrop: texts,
  /** As `--security-opt` has them; runtime/spec reads them. */
  securityOpt: texts,
  cgroup: text,
  storageOpt: map,
  maskedPaths: texts,
  readonlyPaths: texts,
});

/** What a container has, with all defaults. */
export type HostConfiguration = v.InferOutput<typeof hostConfigurationSchema>;

/** What a client asks for: the engine chooses what is absent. */
export type HostRequest = Partial<Omit<HostConfiguration, "log">> & {
  log?: Partial<LogConfiguration>;
};
