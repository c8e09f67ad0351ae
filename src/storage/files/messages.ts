// What the daemon and a files worker tell each other: a job as the worker's only argument; answers are lines of JSON on
// descriptor 3, as standard input and output carry archives.
import * as v from "valibot";

export const MESSAGES_DESCRIPTOR = 3;

const viewMountSchema = v.object({
  /** A path of the host. */
  source: v.string(),
  destination: v.string(),
  readOnly: v.boolean(),
  recursive: v.boolean(),
});
export type ViewMount = v.InferOutput<typeof viewMountSchema>;

/** What a container has before its eyes. */
const viewSchema = v.object({
  /** The mounted root file system. */
  rootfs: v.string(),
  mounts: v.array(viewMountSchema),
});
export type View = v.InferOutput<typeof viewSchema>;

/** How ids on disk and in the container differ: `size` ids from `inside` on are those from `outside` on. */
const idRangesSchema = v.array(v.object({ inside: v.number(), outside: v.number(), size: v.number() }));

const ownersSchema = v.object({ uids: idRangesSchema, gids: idRangesSchema });
export type Owners = v.InferOutput<typeof ownersSchema>;

/** Where in a container, and how the client calls that container. */
const place = { view: viewSchema, container: v.string(), path: v.string() };

/** Tell what is at a path. */
const statJobSchema = v.object({ job: v.literal("stat"), ...place });
export type StatJob = v.InferOutput<typeof statJobSchema>;

/** Tell what is at a path, then write it to standard output as an archive. */
const packJobSchema = v.object({ job: v.literal("pack"), ...place, owners: ownersSchema });
export type PackJob = v.InferOutput<typeof packJobSchema>;

/** Unpack the archive at standard input into the directory at a path. */
const extractJobSchema = v.object({
  job: v.literal("extract"),
  ...place,
  readOnlyRoot: v.boolean(),
  keepKinds: v.boolean(),
  owners: ownersSchema,
  /** Who gets everything; absent: whom the archive names. */
  owner: v.optional(v.object({ uid: v.number(), gid: v.number() })),
});
export type ExtractJob = v.InferOutput<typeof extractJobSchema>;

/** Write a whole root file system to standard output as an archive. */
const exportJobSchema = v.object({ job: v.literal("export"), rootfs: v.string(), owners: ownersSchema });
export type ExportJob = v.InferOutput<typeof exportJobSchema>;

/** Copy what a root file system has at `path` into the empty directory `target`, and make that look like it. */
const fillJobSchema = v.object({
  job: v.literal("fill"),
  rootfs: v.string(),
  path: v.string(),
  target: v.string(),
  /** How the root file system shows ids that the volume is to have as they are inside. */
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

/** Counts as ready, too. */
const statMessageSchema = v.object({ type: v.literal("stat"), stat: pathStatSchema });
/** The worker has everything before its eyes: what is unmounted or removed from now on, it does not notice. */
const readySchema = v.object({ type: v.literal("ready") });
const doneSchema = v.object({ type: v.literal("done") });
const failedSchema = v.object({ type: v.literal("failed"), kind: v.string(), message: v.string() });

export const filesMessageSchema = v.variant("type", [statMessageSchema, readySchema, doneSchema, failedSchema]);
export type FilesMessage = v.InferOutput<typeof filesMessageSchema>;
