// The protocol of storage workers: a job as the worker's only argument, answers as lines of JSON.
import * as v from "valibot";

/** The descriptor of the archive to unpack. */
export const ARCHIVE_DESCRIPTOR = 3;

/** Unpack the archive that is open as {@link ARCHIVE_DESCRIPTOR} into the directory `target`. */
export const unpackJobSchema = v.object({
  job: v.literal("unpack"),
  target: v.string(),
  /** Directories of the layers below, top first. */
  lower: v.array(v.string()),
  /**
   * Whether the archive still grows: then each line of standard input is its current length, and the end of input means
   * that it is complete.
   */
  grows: v.boolean(),
});

/** Pack overlay's upper directory `source` into the file `archive`, as a layer on top of `lower`. */
export const packJobSchema = v.object({
  job: v.literal("pack"),
  source: v.string(),
  archive: v.string(),
  /** Directories of the layers below, top first. */
  lower: v.array(v.string()),
});

/** Compress the file `source` into the file `archive`. */
export const compressJobSchema = v.object({ job: v.literal("compress"), source: v.string(), archive: v.string() });

export const jobSchema = v.variant("job", [unpackJobSchema, packJobSchema, compressJobSchema]);
export type Job = v.InferOutput<typeof jobSchema>;

/** Progress: bytes of the archive read or written so far. */
const progressSchema = v.object({ type: v.literal("progress"), done: v.number() });

const unpackedSchema = v.object({
  type: v.literal("unpacked"),
  /** sha256 of the uncompressed archive. */
  diffId: v.string(),
  /** Bytes of all files. */
  size: v.number(),
  /** Whether the archive has an entry for its root, and for every directory below that it puts something in. */
  hasRoot: v.boolean(),
  hasDirectories: v.boolean(),
});

const packedSchema = v.object({
  type: v.literal("packed"),
  /** sha256 of the uncompressed archive. */
  digest: v.string(),
  size: v.number(),
  /** Whether nothing changed. */
  isEmpty: v.boolean(),
});

const compressedSchema = v.object({ type: v.literal("compressed"), digest: v.string(), size: v.number() });

const failedSchema = v.object({ type: v.literal("failed"), kind: v.string(), message: v.string() });

export const messageSchema = v.variant("type", [
  progressSchema,
  unpackedSchema,
  packedSchema,
  compressedSchema,
  failedSchema,
]);
export type Message = v.InferOutput<typeof messageSchema>;
