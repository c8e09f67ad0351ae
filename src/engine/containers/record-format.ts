// The JSON documents in which the database keeps containers: one schema each and a version, so that a document of an
// earlier Berth is upgraded and one that does not fit is refused instead of believed.
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import { propagations } from "../../runtime/spec/mounts.ts";
import { containerConfigurationSchema } from "./configuration/container-configuration.ts";
import { hostConfigurationSchema } from "./configuration/host-configuration.ts";
import { specOfVersion2, specOfVersion3, stateOfVersion1, stateOfVersion3 } from "./earlier-records.ts";
import type { ContainerSpec, ContainerState } from "./record.ts";

const VERSION = 4;

const mountPointSchema = v.object({
  type: v.picklist(["bind", "volume", "tmpfs", "image"]),
  name: v.optional(v.string()),
  source: v.string(),
  destination: v.string(),
  driver: v.optional(v.string()),
  mode: v.string(),
  readOnly: v.boolean(),
  propagation: v.picklist([...propagations, ""]),
});

const specSchema = v.object({
  id: v.string(),
  name: v.string(),
  created: v.string(),
  imageReference: v.string(),
  imageId: v.string(),
  config: containerConfigurationSchema,
  hostConfig: hostConfigurationSchema,
  mountPoints: v.array(mountPointSchema),
  anonymousVolumes: v.array(v.string()),
  isBuildStep: v.optional(v.literal(true)),
});

const processSchema = v.object({ pid: v.number(), startTime: v.number() });

const endingSchema = v.variant("reason", [
  v.object({ reason: v.literal("signal") }),
  v.object({ reason: v.picklist(["stop", "restart", "unhealthy"]), killAt: v.optional(v.string()) }),
  v.object({ reason: v.literal("removal"), volumes: v.boolean() }),
]);

const freezerSchema = v.picklist(["client", "engine"]);
const run = { process: processSchema, monitor: processSchema, ending: v.optional(endingSchema) };

const lifeSchema = v.variant("status", [
  v.object({ status: v.picklist(["created", "exited"]) }),
  v.object({ status: v.literal("running"), ...run, freezing: v.optional(freezerSchema) }),
  v.object({ status: v.literal("paused"), ...run, frozenBy: freezerSchema, thawing: v.optional(v.literal(true)) }),
  v.object({ status: v.literal("restarting"), nextAttempt: v.string() }),
  v.object({ status: v.literal("removing"), volumes: v.boolean() }),
]);

const healthSchema = v.object({
  status: v.picklist(["none", "starting", "healthy", "unhealthy"]),
  failingStreak: v.number(),
  log: v.array(v.object({ start: v.string(), end: v.string(), exitCode: v.number(), output: v.string() })),
});

const stateSchema = v.object({
  life: lifeSchema,
  exitCode: v.number(),
  error: v.string(),
  oomKilled: v.boolean(),
  outputTruncated: v.optional(v.boolean(), false),
  startedAt: v.string(),
  finishedAt: v.string(),
  restartCount: v.number(),
  restartDelay: v.optional(v.number(), 0),
  stoppedByClient: v.boolean(),
  health: v.optional(healthSchema),
});

const versionSchema = v.object({ version: v.optional(v.number(), 1) });

export const serializeSpec = (spec: ContainerSpec): string => JSON.stringify({ version: VERSION, ...spec });
export const serializeState = (state: ContainerState): string => JSON.stringify({ version: VERSION, ...state });

/** @throws BerthError internal when the document does not fit, or is of a later Berth */
export function parseSpec(text: string): ContainerSpec {
  const { version, document } = parseVersioned(text);
  const version3 = version < 3 ? specOfVersion2(document) : document;
  return fit(specSchema, version < 4 ? specOfVersion3(version3) : version3);
}

/** @throws BerthError internal when the document does not fit, or is of a later Berth */
export function parseState(text: string): ContainerState {
  const { version, document } = parseVersioned(text);
  const version3 = version === 1 ? stateOfVersion1(document) : document;
  return fit(stateSchema, version < 4 ? stateOfVersion3(version3) : version3);
}

function parseVersioned(text: string): { version: number; document: unknown } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (thrown) {
    throw new BerthError("internal", "the record is not valid JSON", thrown);
  }
  const { version } = fit(versionSchema, document);
  if (version > VERSION) {
    throw new BerthError("internal", `the record has version ${version}, and this Berth knows up to ${VERSION}`);
  }
  return { version, document };
}

function fit<S extends v.GenericSchema>(schema: S, document: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, document);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BerthError(
    "internal",
    `the record does not fit its schema: ${v.getDotPath(issue) ?? ""}: ${issue.message}`,
  );
}
