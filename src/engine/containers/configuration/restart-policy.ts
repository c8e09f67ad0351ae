// When a container that ended is started again.
import * as v from "valibot";

/** The delays between restarts, in nanoseconds. */
const backoffSchema = v.object({
  /** Before the first restart; 100 ms when absent. */
  initial: v.optional(v.number()),
  /** The maximum delay; a minute when absent. */
  maximum: v.optional(v.number()),
  /** The factor between one delay and the next; 2 when absent. */
  multiplier: v.optional(v.number()),
  /** A run of this length resets the delay; 10 s when absent. */
  resetAfter: v.optional(v.number()),
});
export type RestartBackoff = v.InferOutput<typeof backoffSchema>;

const common = {
  /** Restarts a container that becomes unhealthy, regardless of the condition. */
  onUnhealthy: v.optional(v.boolean()),
  backoff: v.optional(backoffSchema),
};

export const restartPolicySchema = v.variant("condition", [
  v.object({ condition: v.picklist(["no", "always", "unless-stopped"]), ...common }),
  v.object({
    condition: v.literal("on-failure"),
    /** 0 is no maximum. */
    maximumRetries: v.number(),
    ...common,
  }),
]);
export type RestartPolicy = v.InferOutput<typeof restartPolicySchema>;
