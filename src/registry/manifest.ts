// Parses manifests and indexes of Docker's and OCI's formats.
import * as v from "valibot";
import { BerthError, messageOf } from "../api/errors.ts";

export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
const OLD_MANIFESTS = [
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

/** The Accept header of manifest requests. */
export const ACCEPTED_MANIFESTS = [OCI_INDEX, OCI_MANIFEST, DOCKER_MANIFEST_LIST, DOCKER_MANIFEST].join(", ");

/** Registries do not accept larger ones. */
export const MAX_MANIFEST_SIZE = 8 * 1024 * 1024;

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, "not a sha256 digest"));

const descriptorSchema = v.object({
  mediaType: v.optional(v.string(), ""),
  digest,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
export type Descriptor = v.InferOutput<typeof descriptorSchema>;

const platformSchema = v.object({
  os: v.optional(v.string(), ""),
  architecture: v.optional(v.string(), ""),
  variant: v.optional(v.string()),
  "os.version": v.optional(v.string()),
});

/** Some tools leave the number out; as Docker's, this engine tells the formats apart by their media types. */
const schemaVersion = v.optional(v.picklist([0, 2]), 2);

const manifestSchema = v.object({
  schemaVersion,
  mediaType: v.optional(v.string()),
  config: descriptorSchema,
  layers: v.array(descriptorSchema),
});
export type Manifest = v.InferOutput<typeof manifestSchema>;

const indexSchema = v.object({
  schemaVersion,
  mediaType: v.optional(v.string()),
  manifests: v.array(v.object({ ...descriptorSchema.entries, platform: v.optional(platformSchema) })),
});
export type Index = v.InferOutput<typeof indexSchema>;
export type IndexEntry = Index["manifests"][number];

/** A manifest's bytes and its parsed content. */
export interface FetchedManifest {
  digest: string;
  mediaType: string;
  bytes: Buffer;
  content: { type: "image"; manifest: Manifest } | { type: "index"; index: Index };
}

/** Parses a manifest or index. @throws BerthError for anything else */
export function parseManifest(bytes: Buffer, contentType: string): FetchedManifest["content"] & { mediaType: string } {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (thrown) {
    throw new BerthError("internal", `the manifest is not JSON: ${messageOf(thrown)}`);
  }
  const mediaType = mediaTypeOf(value, contentType);
  if (OLD_MANIFESTS.includes(mediaType)) {
    throw new BerthError(
      "notImplemented",
      "Docker Image manifest version 2, schema 1 is not supported: push the image again with a current tool",
    );
  }
  if (mediaType === OCI_INDEX || mediaType === DOCKER_MANIFEST_LIST) {
    const parsed = v.safeParse(indexSchema, value);
    if (!parsed.success) throw invalid(parsed.issues[0].message);
    return { type: "index", index: parsed.output, mediaType };
  }
  if (mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST) {
    const parsed = v.safeParse(manifestSchema, value);
    if (!parsed.success) throw invalid(parsed.issues[0].message);
    return { type: "image", manifest: parsed.output, mediaType };
  }
  throw new BerthError("internal", `unsupported manifest media type ${mediaType}`);
}

const invalid = (why: string): BerthError => new BerthError("internal", `invalid manifest: ${why}`);

// OCI manifests may omit their media type, and some registries serve all of them as plain JSON.
function mediaTypeOf(value: unknown, contentType: string): string {
  if (typeof value !== "object" || value === null) throw invalid("not an object");
  if ("mediaType" in value && typeof value.mediaType === "string" && value.mediaType !== "") return value.mediaType;
  const [served = ""] = contentType.split(";");
  if (served.startsWith("application/vnd.")) return served.trim();
  if ("manifests" in value) return OCI_INDEX;
  if ("layers" in value) return OCI_MANIFEST;
  return "schemaVersion" in value && value.schemaVersion === 1 ? (OLD_MANIFESTS[0] ?? "") : served;
}
