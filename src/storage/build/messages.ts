// The protocol of build workers: the job is the only argument, answers are JSON lines on descriptor 3, questions are
// JSON lines on descriptor 4.
import * as v from "valibot";

export const ANSWERS_DESCRIPTOR = 3;
export const QUESTIONS_DESCRIPTOR = 4;

/** A source of files: a directory of the engine, or the merged layers of an image. */
const rootSchema = v.variant("type", [
  v.object({ type: v.literal("directory"), path: v.string() }),
  /** Directories of layers, the top one first. */
  v.object({ type: v.literal("layers"), lower: v.array(v.string()) }),
]);
export type SourceRoot = v.InferOutput<typeof rootSchema>;

/** A selection of files in a source. */
export const selectionSchema = v.object({
  /** As in the instruction, with wildcards; relative to the source's root. */
  paths: v.array(v.string()),
  /** .dockerignore patterns to exclude, relative to the paths. */
  exclude: v.array(v.string()),
  /** Whether parent directories are copied too (`--parents`). */
  keepsParents: v.boolean(),
  /** Whether patterns may match nothing. */
  allowsNone: v.boolean(),
});
export type Selection = v.InferOutput<typeof selectionSchema>;

/** A selected file or directory. */
const selectedSchema = v.object({
  /** Its real path below the source's root, without links; "" is the root. */
  path: v.string(),
  /** Its name in the destination. */
  name: v.string(),
  isDirectory: v.boolean(),
});
export type Selected = v.InferOutput<typeof selectedSchema>;

/** Answer questions about a source until the input ends. */
const sourceJobSchema = v.object({
  job: v.literal("source"),
  root: rootSchema,
  /** Owner of the files unpacked from standard input before; absent without an archive. */
  receivesFor: v.optional(v.object({ uid: v.number(), gid: v.number() })),
});
export type SourceJob = v.InferOutput<typeof sourceJobSchema>;

export const questionSchema = v.variant("ask", [
  /** The content of a file, at most `limit` bytes. */
  v.object({ ask: v.literal("read"), path: v.string(), limit: v.number() }),
  /** Remove files that exist. */
  v.object({ ask: v.literal("remove"), paths: v.array(v.string()) }),
  /** Select files and digest them. */
  v.object({ ask: v.literal("select"), selection: selectionSchema }),
]);
export type Question = v.InferOutput<typeof questionSchema>;

/** The change that creates a new layer. */
const changeSchema = v.variant("type", [
  v.object({
    type: v.literal("copy"),
    sources: v.array(
      v.object({
        root: rootSchema,
        selected: v.array(selectedSchema),
        /** Whether archives are extracted. */
        unpacks: v.boolean(),
      }),
    ),
    exclude: v.array(v.string()),
    keepsParents: v.boolean(),
    /** Absolute; a trailing slash means a directory. */
    destination: v.string(),
    /** "user:group", looked up in the layers' own files; "" is root. */
    owner: v.string(),
    /** "755", "u=rwX,go=rX"; "" keeps the modes. */
    mode: v.string(),
  }),
  v.object({ type: v.literal("directory"), path: v.string(), owner: v.string() }),
  /** Keep the changes that a container made in `upper`, without the mount points that the engine created. */
  v.object({ type: v.literal("adopt"), placeholders: v.array(v.string()) }),
]);
export type LayerChange = v.InferOutput<typeof changeSchema>;

/** Create a layer in overlay's upper directory `upper`, and pack it into the file `archive`. */
export const layerTaskSchema = v.object({
  /** Directories of the layers below, top first. */
  lower: v.array(v.string()),
  upper: v.string(),
  /** The overlay's work directory, on the same filesystem as `upper`. */
  work: v.string(),
  archive: v.string(),
  change: changeSchema,
  /** Seconds since 1970: modification times are clamped to it. */
  epoch: v.optional(v.number()),
});
export type LayerTask = v.InferOutput<typeof layerTaskSchema>;

/** Wait for one {@link LayerTask} on descriptor 4, and run it. */
const layerJobSchema = v.object({ job: v.literal("layer") });

/** Write the files of a source to standard output, as a tar archive. */
const exportJobSchema = v.object({ job: v.literal("export"), root: rootSchema });
export type ExportJob = v.InferOutput<typeof exportJobSchema>;

export const buildJobSchema = v.variant("job", [sourceJobSchema, layerJobSchema, exportJobSchema]);
export type BuildJob = v.InferOutput<typeof buildJobSchema>;

/** The source is ready for questions. */
const readySchema = v.object({ type: v.literal("ready") });
const contentSchema = v.object({
  type: v.literal("content"),
  /** Base64; absent when the file does not exist. */
  content: v.optional(v.string()),
});
const selectionAnswerSchema = v.object({
  type: v.literal("selection"),
  selected: v.array(selectedSchema),
  /** "file:…" for one file, "dir:…" for one directory, "multi:…" for several. */
  digest: v.string(),
});
const doneSchema = v.object({ type: v.literal("done") });
const layerSchema = v.object({
  type: v.literal("layer"),
  /** sha256 of the uncompressed archive. */
  diffId: v.string(),
  /** Bytes of the archive. */
  archiveSize: v.number(),
  /** Bytes of all files. */
  size: v.number(),
  /** Whether nothing changed. */
  isEmpty: v.boolean(),
});
export type LayerAnswer = v.InferOutput<typeof layerSchema>;
const failedSchema = v.object({ type: v.literal("failed"), kind: v.string(), message: v.string() });

export const answerSchema = v.variant("type", [
  readySchema,
  contentSchema,
  selectionAnswerSchema,
  doneSchema,
  layerSchema,
  failedSchema,
]);
export type Answer = v.InferOutput<typeof answerSchema>;
