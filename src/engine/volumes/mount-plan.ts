// A mount as planned at create: stored in the database, shown by `inspect`, mounted at each start.
import * as v from "valibot";
import { type Propagation, propagations } from "../../runtime/spec/mounts.ts";
import type { MountPoint } from "../containers/record.ts";

export const DEFAULT_PROPAGATION: Propagation = "rprivate";

const common = {
  /** Clean and absolute. */
  destination: v.string(),
  /** The mode of `-v`, as shown by `inspect`. */
  mode: v.string(),
  readOnly: v.boolean(),
};

const bindPlanSchema = v.object({
  type: v.literal("bind"),
  ...common,
  /** A path on the host. */
  source: v.string(),
  propagation: v.picklist(propagations),
  /** Whether `propagation` is a default that falls back to rprivate where the host's mount does not allow it. */
  mayBePrivate: v.optional(v.boolean(), false),
  recursive: v.boolean(),
  readOnlyDepth: v.picklist(["if-possible", "never", "always"]),
  /** Whether a missing source directory is created when the container starts. */
  createSource: v.boolean(),
  /** Whether the source's owner appears as the container's user. */
  matchUser: v.boolean(),
});

const volumePlanSchema = v.object({
  type: v.literal("volume"),
  ...common,
  name: v.string(),
  /** Whether an empty volume is filled with the image's content at the destination. */
  copyUp: v.boolean(),
  /** Relative to the volume; empty for the whole volume. */
  subpath: v.string(),
  /** Created for this container without a name; removed by `rm -v`. */
  anonymous: v.boolean(),
});

const tmpfsPlanSchema = v.object({ type: v.literal("tmpfs"), ...common, options: v.array(v.string()) });

const imagePlanSchema = v.object({
  type: v.literal("image"),
  ...common,
  reference: v.string(),
  imageId: v.string(),
  subpath: v.string(),
});

export const mountPlanSchema = v.variant("type", [bindPlanSchema, volumePlanSchema, tmpfsPlanSchema, imagePlanSchema]);
export type MountPlan = v.InferOutput<typeof mountPlanSchema>;
export type BindPlan = v.InferOutput<typeof bindPlanSchema>;
export type VolumePlan = v.InferOutput<typeof volumePlanSchema>;
export type ImagePlan = v.InferOutput<typeof imagePlanSchema>;

/** The mount as shown by `inspect`; `directoryOf` returns a volume's data directory. */
export function mountPointOf(plan: MountPlan, directoryOf: (volume: string) => string): MountPoint {
  const { type, destination, mode, readOnly } = plan;
  const shared = { destination, mode, readOnly };
  switch (type) {
    case "bind":
      return { type, source: plan.source, ...shared, propagation: plan.propagation };
    case "volume":
      return {
        type,
        name: plan.name,
        source: directoryOf(plan.name),
        ...shared,
        driver: "local",
        propagation: "",
      };
    case "tmpfs":
      return { type, source: "", ...shared, propagation: "" };
    case "image":
      return { type, name: plan.reference, source: plan.imageId, ...shared, propagation: "" };
  }
}
