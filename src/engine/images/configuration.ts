// An image's configuration: the blob whose digest is the image's ID.
// Source: OCI image specification, "Image Configuration"; Docker's format is the same.
import * as v from "valibot";
import { containerConfigSchema } from "../../api/container-config.ts";
import { BerthError, messageOf } from "../../api/errors.ts";
import { fitToSchema } from "../../api/go-json.ts";

const text = v.optional(v.string());

const historySchema = v.object({
  created: text,
  created_by: text,
  author: text,
  comment: text,
  empty_layer: v.optional(v.boolean()),
});
export type HistoryEntry = v.InferOutput<typeof historySchema>;

const imageConfigSchema = v.object({
  architecture: v.optional(v.string(), ""),
  os: v.optional(v.string(), ""),
  variant: text,
  "os.version": text,
  "os.features": v.optional(v.array(v.string())),
  created: text,
  author: text,
  comment: text,
  docker_version: text,
  /** The image it was created from, in Docker's own archives. */
  parent: text,
  config: v.optional(containerConfigSchema),
  rootfs: v.object({ type: v.optional(v.string(), "layers"), diff_ids: v.optional(v.array(v.string()), []) }),
  history: v.optional(v.array(historySchema), []),
  /** What builds elsewhere may take of the image: base64 of JSON. Source: moby/buildkit, cache/remotecache/v1/doc.go. */
  "moby.buildkit.cache.v0": text,
});
export type ImageConfig = v.InferOutput<typeof imageConfigSchema>;

/** Reads a configuration as Go does; unknown fields are ignored. @throws BerthError invalidParameter */
export function parseImageConfig(bytes: Uint8Array | string): ImageConfig {
  try {
    const content = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8");
    return v.parse(imageConfigSchema, fitToSchema(imageConfigSchema, JSON.parse(content)));
  } catch (thrown) {
    throw new BerthError("invalidParameter", `invalid image configuration: ${messageOf(thrown)}`, thrown);
  }
}
