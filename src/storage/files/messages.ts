// The protocol between daemon and files workers: a job as the worker's only argument, answers as lines of JSON on
// descriptor 3, because standard input and output carry archives.
import * as v from "valibot";

export const MESSAGES_DESCRIPTOR = 3;

const viewMountSchema = v.object({
  /** A host path. */
  source: v.string(),
  destination: v.string(),
  readOnly: v.boolean(),
  recursive: v.boolean(),
});
export type ViewMount = v.InferOutput<typeof viewMountSchema>;

/** A container's view of the filesystem. */
const viewSchema = v.object({
  /** The mounted root filesystem. */
  rootfs: v.string(),
  mounts: v.array(viewMountSchema),
});
export type View = v.InferOutput<typeof viewSchema>;

/** An ID mapping: `size` ids from `inside` on correspond to those from `outside` on. */
const idRangesSchema = v.array(v.object({ inside: v.number(), outside: v.number(), size: v.number() }));

const ownersSchema = v.object({ uids: idRangesSchema, gids: idRangesSchema });
export type Owners = v.InferOutput<typeof ownersSchema>;

/** A path in a container, and the container's name in messages. */
const place = { view: viewSchema, container: v.string(), path: v.string() };

/** Returns metadata of a path. */
const statJobSchema = v.object({ job: v.literal("stat"), ...place });
export type StatJob = v.InferOutput<typeof statJobSchema>;

/** Returns metadata of a path, then writes its archive to standard output. */
const packJobSchema = v.object({ job: v.literal("pack"), ...place, owners: ownersSchema });
export type PackJob = v.InferOutput<typeof packJobSchema>;

/** Extracts the archive on standard input into the directory at a path. */
const extractJobSchema = v.object({
  job: v.literal("extract"),
  ...place,
  readOnlyRoot: v.boolean(),
  keepKinds: v.boolean(),
  owners: ownersSchema,
  /** Owner of all files; if absent, the owners in the archive. */
  owner: v.optional(v.object({ uid: v.number(), gid: v.number() })),
});
export type ExtractJob = v.InferOutput<typeof extractJobSchema>;

/** Writes a root filesystem as an archive to standard output. */
const exportJobSchema = v.object({ job: v.literal("export"), rootfs: v.string(), owners: ownersSchema });
export type ExportJob = v.InferOutput<typeof exportJobSchema>;

/** Copies the content and metadata of `path` in a root filesystem to the directory `subpath` of `target`. */
const fillJobSchema = v.object({
  job: v.literal("fill"),
  rootfs: v.string(),
  path: v.string(),
  target: v.string(),
  /** "" is all of it. */
  subpath: v.string(),
  /** ID mapping of the root filesystem; the volume stores container ids. */
  owners: ownersSchema,
});
export type FillJob = v.InferOutput<typeof fillJobSchema>;

export const filesJobSchema = v.variant("job", [
  statJobSchema,
  packJobSchema,
  extractJobSchema,
  exportJobSchema,
  fillJobSchema,
]);
export type FilesJob = v.InferOutput<typeof filesJobSchema>;

const pathStatSchema = v.object({
  name: v.string(),
  size: v.number(),
  mode: v.number(),
  mtime: v.string(),
  linkTarget: v.string(),
});

/** Implies "ready". */
const statMessageSchema = v.object({ type: v.literal("stat"), stat: pathStatSchema });
/** The worker holds all mounts it needs: later unmounts and removals do not affect it. */
const readySchema = v.object({ type: v.literal("ready") });
const doneSchema = v.object({ type: v.literal("done") });
const failedSchema = v.object({ type: v.literal("failed"), kind: v.string(), message: v.string() });

export const filesMessageSchema = v.variant("type", [statMessageSchema, readySchema, doneSchema, failedSchema]);
export type FilesMessage = v.InferOutput<typeof filesMessageSchema>;
