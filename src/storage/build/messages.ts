// What the daemon and its build workers tell each other: a job as the worker's only argument, answers as lines of JSON
// on descriptor 3, and for a source that is asked several things, the questions as lines on descriptor 4.
import * as v from "valibot";

export const ANSWERS_DESCRIPTOR = 3;
export const QUESTIONS_DESCRIPTOR = 4;

/** Files that instructions copy from: a directory of the engine's own, or what an image's layers show together. */
const rootSchema = v.variant("type", [
  v.object({ type: v.literal("directory"), path: v.string() }),
  /** Directories of layers, the top one first. */
  v.object({ type: v.literal("layers"), lower: v.array(v.string()) }),
]);
export type SourceRoot = v.InferOutput<typeof rootSchema>;

/** Which files of a source are meant, and how they are called where they go. */
export const selectionSchema = v.object({
  /** As an instruction has them, with wildcards; relative to the source's root. */
  paths: v.array(v.string()),
  /** Patterns as in .dockerignore, of what is left out below the paths. */
  exclude: v.array(v.string()),
  /** Whether directories that lead to a path come along. */
  keepsParents: v.boolean(),
});
export type Selection = v.InferOutput<typeof selectionSchema>;

/** One thing that was selected. */
const selectedSchema = v.object({
  /** Its real path below the source's root, without links; "" is the root. */
  path: v.string(),
  /** What it is called below the destination. */
  name: v.string(),
  isDirectory: v.boolean(),
});
export type Selected = v.InferOutput<typeof selectedSchema>;

/** Answer questions about a source until there are no more. */
const sourceJobSchema = v.object({
  job: v.literal("source"),
  root: rootSchema,
  /** Whose everything is that an archive at standard input is unpacked to first; absent when there is none. */
  receivesFor: v.optional(v.object({ uid: v.number(), gid: v.number() })),
});
export type SourceJob = v.InferOutput<typeof sourceJobSchema>;

export const questionSchema = v.variant("ask", [
  /** The content of a file, at most `limit` bytes. */
  v.object({ ask: v.literal("read"), path: v.string(), limit: v.number() }),
  /** Take files away, if they are there. */
  v.object({ ask: v.literal("remove"), paths: v.array(v.string()) }),
  /** What is selected, and a digest of it. */
  v.object({ ask: v.literal("select"), selection: selectionSchema }),
]);
export type Question = v.InferOutput<typeof questionSchema>;

/** What a new layer gets on top of those below. */
const changeSchema = v.variant("type", [
  v.object({
    type: v.literal("copy"),
    sources: v.array(
      v.object({
        root: rootSchema,
        selected: v.array(selectedSchema),
        /** Whether archives become what is in them. */
        unpacks: v.boolean(),
      }),
    ),
    exclude: v.array(v.string()),
    keepsParents: v.boolean(),
    /** Absolute; with a slash at its end it is a directory. */
    destination: v.string(),
    /** "user:group", looked up in the layers' own files; "" is root. */
    owner: v.string(),
    /** "755", "u=rwX,go=rX"; "" leaves modes as they are. */
    mode: v.string(),
  }),
  v.object({ type: v.literal("directory"), path: v.string(), owner: v.string() }),
  /** What is there already, made by a container, but for what stood there for the engine alone. */
  v.object({ type: v.literal("adopt"), placeholders: v.array(v.string()) }),
]);
export type LayerChange = v.InferOutput<typeof changeSchema>;

/** Make a layer in overlay's writable directory `upper`, and pack it into the file `archive`. */
export const layerTaskSchema = v.object({
  /** Directories of the layers below, top first. */
  lower: v.array(v.string()),
  upper: v.string(),
  /** Overlay's own room, beside `upper`. */
  work: v.string(),
  archive: v.string(),
  change: changeSchema,
  /** Seconds since 1970 that no file is to be newer than. */
  epoch: v.optional(v.number()),
});
export type LayerTask = v.InferOutput<typeof layerTaskSchema>;

/** Wait for one {@link LayerTask} on descriptor 4, and do it. */
const layerJobSchema = v.object({ job: v.literal("layer") });

/** Write the files of a source to standard output, as a tar archive. */
const exportJobSchema = v.object({ job: v.literal("export"), root: rootSchema });
export type ExportJob = v.InferOutput<typeof exportJobSchema>;

export const buildJobSchema = v.variant("job", [sourceJobSchema, layerJobSchema, exportJobSchema]);
export type BuildJob = v.InferOutput<typeof buildJobSchema>;

/** The source can be asked. */
const readySchema = v.object({ type: v.literal("ready") });
const contentSchema = v.object({
  type: v.literal("content"),
  /** Base64; absent when there is no such file. */
  content: v.optional(v.string()),
});
const selectionAnswerSchema = v.object({
  type: v.literal("selection"),
  selected: v.array(selectedSchema),
  /** "file:…" of one file, "dir:…" of one directory, "multi:…" of several things. */
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
