// Requested mounts (`--mount`). The volumes service plans them.
import * as v from "valibot";
import { propagations } from "../../../runtime/spec/mounts.ts";

const text = v.optional(v.string());
const flag = v.optional(v.boolean());

const common = {
  /** The path in the container. */
  target: v.string(),
  readOnly: v.boolean(),
  /** Docker Desktop's; without effect. */
  consistency: text,
};

const bindSchema = v.object({
  type: v.literal("bind"),
  /** A path on the host. */
  source: v.string(),
  ...common,
  options: v.optional(
    v.object({
      propagation: v.optional(v.picklist(propagations)),
      nonRecursive: flag,
      createMountpoint: flag,
      readOnlyNonRecursive: flag,
      readOnlyForceRecursive: flag,
      /** "match-user": the source's owner appears as the container's user. */
      idMap: v.optional(v.literal("match-user")),
    }),
  ),
});

const volumeSchema = v.object({
  type: v.literal("volume"),
  /** The volume's name; an anonymous one without it. */
  source: text,
  ...common,
  options: v.optional(
    v.object({
      noCopy: flag,
      labels: v.optional(v.record(v.string(), v.string())),
      subpath: text,
      driver: v.optional(v.object({ name: text, options: v.optional(v.record(v.string(), v.string())) })),
    }),
  ),
});

const imageSchema = v.object({
  type: v.literal("image"),
  source: v.string(),
  ...common,
  options: v.optional(v.object({ subpath: text })),
});

const tmpfsSchema = v.object({
  type: v.literal("tmpfs"),
  ...common,
  options: v.optional(
    v.object({
      sizeBytes: v.optional(v.number()),
      mode: v.optional(v.number()),
      /** Names, with or without a value. */
      options: v.optional(v.array(v.array(v.string()))),
    }),
  ),
});

export const mountSchema = v.variant("type", [bindSchema, volumeSchema, imageSchema, tmpfsSchema]);
export type Mount = v.InferOutput<typeof mountSchema>;
export type BindMountRequest = v.InferOutput<typeof bindSchema>;
export type VolumeMountRequest = v.InferOutput<typeof volumeSchema>;
export type TmpfsMountRequest = v.InferOutput<typeof tmpfsSchema>;
