// `load`: reads images from an archive in Docker's format or from an OCI layout.
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import { fitToSchema } from "../../api/go-json.ts";
import { parseJson } from "../../api/go-json-syntax.ts";
import { formatPlatform, hostPlatform, type Platform } from "../../api/platforms.ts";
import {
  type ImageReference,
  parseReference,
  repositoryOf,
  requireTaggable,
  withDefaultTag,
} from "../../api/references.ts";
import { type IndexEntry, parseManifest } from "../../registry/manifest.ts";
import { detectCompression } from "../../storage/archive/compression.ts";
import { readStart } from "../../storage/archive/file-start.ts";
import { chainIds, type Layer } from "../../storage/layers.ts";
import { ArchiveIntake, type IntakeFile } from "./archive-intake.ts";
import { parseImageConfig } from "./configuration.ts";
import { Lease } from "./lease.ts";
import { layerMediaType, NAME_ANNOTATION, TAG_ANNOTATION } from "./media-types.ts";
import { familiarTag } from "./names.ts";
import { platformRank } from "./platform.ts";
import { Progress, shortDigest, type TellProgress } from "./progress.ts";
import type { ManifestBlob } from "./records.ts";
import { bestOf, choose } from "./resolve.ts";
import type { ImageServices } from "./services.ts";
import { publish } from "./store-image.ts";

export interface LoadRequest {
  source: AsyncIterable<Uint8Array>;
  /** Only images of this platform. */
  platform?: Platform;
  /** Omits the progress of layers. */
  quiet: boolean;
  tell: TellProgress;
}

/** An image of the archive, not unpacked yet. */
interface ArchivedImage {
  config: IntakeFile;
  layers: IntakeFile[];
  names: ImageReference[];
  manifests: ManifestBlob[];
}

const manifestFileSchema = v.array(
  v.object({
    Config: v.string(),
    RepoTags: v.optional(v.array(v.string()), []),
    Layers: v.optional(v.array(v.string()), []),
  }),
);

const indexFileSchema = v.object({
  manifests: v.array(
    v.object({
      digest: v.string(),
      mediaType: v.optional(v.string(), ""),
      annotations: v.optional(v.record(v.string(), v.string()), {}),
      platform: v.optional(
        v.object({
          os: v.optional(v.string(), ""),
          architecture: v.optional(v.string(), ""),
          variant: v.optional(v.string()),
        }),
      ),
    }),
  ),
});

/** @throws BerthError for an archive without images or with inconsistent content */
export async function loadImages(services: ImageServices, request: LoadRequest): Promise<void> {
  const { source, platform, quiet, tell } = request;
  using lease = new Lease(services);
  await using intake = new ArchiveIntake(services);
  await intake.read(source, lease, () => {});
  const images = platform ? imagesOfPlatform(intake, platform) : imagesIn(intake, (of) => choose(of, hostPlatform));
  if (images.length === 0) throw new BerthError("invalidParameter", "invalid archive: it holds no images");
  for (const image of images) await loadOne(services, lease, intake, image, quiet ? () => {} : tell, tell);
}

/** Selects an image of an index; undefined for none. */
type Choice = (entries: readonly IndexEntry[]) => IndexEntry | undefined;

/** @throws BerthError notFound when there are none */
function imagesOfPlatform(intake: ArchiveIntake, platform: Platform): ArchivedImage[] {
  const images = imagesIn(intake, (entries) => bestOf(entries, platform)).filter(
    ({ config }) => platformRank(platform, parseImageConfig(intake.document(config))) !== undefined,
  );
  if (images.length > 0) return images;
  const wanted = formatPlatform(platform);
  throw new BerthError("notFound", `requested platform (${wanted}) not found: image might be filtered out`);
}

function imagesIn(intake: ArchiveIntake, choice: Choice): ArchivedImage[] {
  const manifestFile = intake.find("manifest.json");
  const indexFile = intake.find("index.json");
  const fromIndex = indexFile ? imagesOfIndex(intake, indexFile, choice) : [];
  if (!manifestFile) {
    if (indexFile) return fromIndex;
    // Docker's words, which has unpacked the archive to a directory by then.
    throw new BerthError("invalidParameter", "open /repositories: no such file or directory");
  }
  return parse(manifestFileSchema, intake, manifestFile, "manifest.json").map((entry) => {
    const config = intake.get(entry.Config);
    return {
      config,
      layers: entry.Layers.map((name) => intake.get(name)),
      names: entry.RepoTags.map((name) => withDefaultTag(requireTaggable(parseReference(name)))),
      manifests: fromIndex.find((image) => image.config.digest === config.digest)?.manifests ?? [],
    };
  });
}

function imagesOfIndex(intake: ArchiveIntake, file: IntakeFile, choice: Choice): ArchivedImage[] {
  const images = new Map<string, ArchivedImage>();
  for (const { digest, mediaType, annotations } of parse(indexFileSchema, intake, file, "index.json").manifests) {
    const image = images.get(digest) ?? imageOfManifest(intake, digest, mediaType, choice);
    if (!image) continue;
    const name = nameOf(annotations);
    if (name) image.names.push(name);
    images.set(digest, image);
  }
  return [...images.values()];
}

/** Undefined for manifests that are no images (attestations, signatures) and for an index without a match. */
function imageOfManifest(
  intake: ArchiveIntake,
  digest: string,
  mediaType: string,
  choice: Choice,
  above: readonly ManifestBlob[] = [],
): ArchivedImage | undefined {
  const parsed = parseManifest(intake.document(intake.blob(digest)), mediaType);
  const manifests = [...above, { digest, mediaType: parsed.mediaType }];
  if (parsed.type === "index") {
    const entry = choice(parsed.index.manifests);
    return entry && imageOfManifest(intake, entry.digest, entry.mediaType, choice, manifests);
  }
  const { config, layers } = parsed.manifest;
  if (!/image\.(?:config\.)?v1\+json$/.test(config.mediaType)) return undefined;
  return {
    config: intake.blob(config.digest),
    layers: layers.map((layer) => intake.blob(layer.digest)),
    names: [],
    manifests,
  };
}

/** The full name; a tag alone is no name. */
function nameOf(annotations: Readonly<Record<string, string>>): ImageReference | undefined {
  const text = annotations[NAME_ANNOTATION] ?? annotations[TAG_ANNOTATION] ?? "";
  if (!/[:/]/.test(text)) return undefined;
  try {
    return withDefaultTag(parseReference(text));
  } catch {
    // Other tools write other things there; the image is loaded without a name.
    return undefined;
  }
}

async function loadOne(
  services: ImageServices,
  lease: Lease,
  intake: ArchiveIntake,
  image: ArchivedImage,
  tellLayers: TellProgress,
  tell: TellProgress,
): Promise<void> {
  const { content, records } = services;
  const id = image.config.digest;
  const config = parseImageConfig(content.document(id));
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== image.layers.length) {
    throw new BerthError(
      "invalidParameter",
      `invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${image.layers.length}`,
    );
  }
  const top = await unpackLayers(services, lease, intake, image.layers, diffIds, tellLayers);
  const renamed: { name: string; previousId: string }[] = [];
  records.atomically(() => {
    records.insert({ id, topLayer: top?.number, manifests: image.manifests });
    for (const name of image.names) {
      const previous = records.tag(repositoryOf(name), name.tag ?? "", id);
      if (previous) renamed.push({ name: shown(name), previousId: previous.id });
    }
  });
  for (const event of renamed) tell({ type: "renamed", ...event });
  publish(services, "load", id, id);
  if (image.names.length === 0) tell({ type: "loaded", id, name: undefined });
  for (const name of image.names) tell({ type: "loaded", id, name: shown(name) });
}

const shown = (name: ImageReference): string => familiarTag(`${repositoryOf(name)}:${name.tag}`);

async function unpackLayers(
  { content, layers, records }: ImageServices,
  lease: Lease,
  intake: ArchiveIntake,
  files: readonly IntakeFile[],
  diffIds: readonly string[],
  tell: TellProgress,
): Promise<Layer | undefined> {
  const chain = chainIds(diffIds);
  let top: Layer | undefined;
  for (const [index, { digest, size }] of files.entries()) {
    const diffId = diffIds[index] ?? "";
    const present = layers.find(chain[index] ?? "");
    const progress = new Progress(tell, shortDigest(diffId));
    const onProgress = (done: number): void => progress.at("loading layer", done, size);
    const mediaType = layerMediaType(detectCompression(readStart(content.path(digest))));
    const ahead = present ? undefined : await intake.unpackedAhead(digest);
    const attached = ahead && ahead.diffId === diffId ? layers.attach(ahead, top) : undefined;
    if (ahead && ahead.diffId !== diffId) layers.discardLoose(ahead);
    top = present ?? attached ?? (await layers.unpack(content.path(digest), top, { diffId, onProgress }));
    lease.holdLayer(top);
    if (present === undefined) progress.at("loading layer", size, size);
    // One archive per layer is enough.
    if (records.layerBlobs(diffId).some((blob) => content.has(blob.digest))) continue;
    records.addLayerBlob({ digest, diffId, mediaType, size });
  }
  return top;
}

function parse<S extends v.GenericSchema>(
  schema: S,
  intake: ArchiveIntake,
  file: IntakeFile,
  name: string,
): v.InferOutput<S> {
  try {
    return v.parse(schema, fitToSchema(schema, parseJson(intake.document(file).toString("utf8"))));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new BerthError("invalidParameter", thrown.message, thrown);
    throw new BerthError("invalidParameter", `invalid archive: ${name} cannot be read`, thrown);
  }
}
