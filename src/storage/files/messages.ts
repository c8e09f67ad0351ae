// What the daemon and a files worker tell each other: a job as the worker's only argument; answers are lines of JSON on
// descriptor 3, as standard input and output carry archives.
import * as v from "valibot";

export const MESSAGES_DESCRIPTOR = 3;

/** Copy what a root file system has at `path` into the empty directory `target`, and make that look like it. */
export const fillJobSchema = v.object({
  job: v.literal("fill"),
  rootfs: v.string(),
  path: v.string(),
  target: v.string(),
});
export type FillJob = v.InferOutput<typeof fillJobSchema>;

export const filesJobSchema = v.variant("job", [fillJobSchema]);
export type FilesJob = v.InferOutput<typeof filesJobSchema>;

const doneSchema = v.object({ type: v.literal("done") });
const failedSchema = v.object({ type: v.literal("failed"), kind: v.string(), message: v.string() });

export const filesMessageSchema = v.variant("type", [doneSchema, failedSchema]);
export type FilesMessage = v.InferOutput<typeof filesMessageSchema>;
