// What the daemon and its storage workers tell each other: a job as the worker's only argument, answers as lines of JSON.
import * as v from "valibot";

/** Unpack the archive `blob` into the directory `target`. */
export const unpackJobSchema = v.object({
  job: v.literal("unpack"),
  blob: v.string(),
  target: v.string(),
  /** Directories of the layers below, the top one first. */
  lower: v.array(v.string()),
});

export const jobSchema = v.variant("job", [unpackJobSchema]);
export type Job = v.InferOutput<typeof jobSchema>;

/** While at work: compressed bytes read so far. */
const progressSchema = v.object({ type: v.literal("progress"), done: v.number() });

const unpackedSchema = v.object({
  type: v.literal("unpacked"),
  /** sha256 of the uncompressed archive. */
  diffId: v.string(),
  /** Bytes of all files. */
  size: v.number(),
});

const failedSchema = v.object({ type: v.literal("failed"), kind: v.string(), message: v.string() });

export const messageSchema = v.variant("type", [progressSchema, unpackedSchema, failedSchema]);
export type Message = v.InferOutput<typeof messageSchema>;
