// `save`: images as one archive that is an OCI layout and what `docker load` reads at the same time.
import { BerthError } from "../../api/errors.ts";
import { formatPlatform, type Platform } from "../../api/platforms.ts";
import { isIdentifier, parseReference, repositoryOf } from "../../api/references.ts";
import { parseTimestamp } from "../../api/time.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import type { EntryType } from "../../storage/archive/header.ts";
import { END_OF_ARCHIVE, encodeEntry, paddingAfter } from "../../storage/archive/writer.ts";
import { digestOf } from "../../storage/content.ts";
import { archiveOf } from "./archives.ts";
import type { ImageReader } from "./image.ts";
import { Lease } from "./lease.ts";
import { findRecord } from "./lookup.ts";
import {
  NAME_ANNOTATION,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
  ociLayerMediaType,
  TAG_ANNOTATION,
} from "./media-types.ts";
import { familiarTag, splitTag } from "./names.ts";
import { platformRank } from "./platform.ts";
import type { ImageRecord } from "./records.ts";
import type { ImageServices } from "./services.ts";
import { publish } from "./store-image.ts";

const BLOBS = "blobs/sha256/";

interface SavedImage {
  id: string;
  /** When it was created, in nanoseconds since 1970: the time of its files, so that an image's archives are equal. */
  created: bigint;
  /** In full: "docker.io/library/busybox:latest". */
  tags: string[];
  manifest: Buffer;
  layers: Descriptor[];
  /** Of the uncompressed layers, in the same order. */
  diffIds: string[];
}

/**
 * The archive of the named images, created while it is read.
 * @param platform the one they must be of, where one is asked for
 * @throws BerthError notFound before its first byte
 */
export function saveImages(
  services: ImageServices,
  reader: ImageReader,
  names: readonly string[],
  platform?: Platform,
): AsyncGenerator<Uint8Array, void, void> {
  const tagsOf = new Map<ImageRecord, Set<string>>();
  for (const name of names) {
    const tags = tagsMeant(services, name);
    const records = tags.map((tag) => services.records.tagged(tag)).filter((record) => record !== undefined);
    for (const record of records.length > 0 ? records : [namelessRecord(services, name)]) {
      const known = tagsOf.get(record) ?? new Set();
      tagsOf.set(record, new Set([...known, ...tags.filter((tag) => record.tags.has(tag))]));
    }
  }
  if (platform && [...tagsOf.keys()].some(({ id }) => platformRank(platform, reader.config(id)) === undefined)) {
    throw new BerthError("notFound", `no suitable export target found for platform ${formatPlatform(platform)}`);
  }
  const images = [...tagsOf].map(([record, tags]) => describe(services, reader, record, [...tags]));
  return archive(services, images);
}

function namelessRecord({ records }: ImageServices, name: string): ImageRecord {
  const record = findRecord(records, name);
  if (record) return record;
  const { tag, digest } = isId(name) ? {} : parseReference(name);
  const isExact = tag !== undefined || digest !== undefined;
  throw new BerthError("notFound", isExact ? "reference does not exist" : `No such image: ${name}`);
}

const isId = (name: string): boolean => isIdentifier(name) || name.startsWith("sha256:");

/** A name without a tag selects all its local tags, an ID or digest none. */
function tagsMeant({ records }: ImageServices, name: string): string[] {
  if (isId(name)) return [];
  const reference = parseReference(name);
  if (reference.digest !== undefined) return [];
  const repository = repositoryOf(reference);
  return records.allTags().filter((tag) => {
    const parts = splitTag(tag);
    return parts.repository === repository && (reference.tag ?? parts.tag) === parts.tag;
  });
}

function describe(services: ImageServices, reader: ImageReader, { id }: ImageRecord, tags: string[]): SavedImage {
  const { rootfs, created } = reader.config(id);
  const diffIds = rootfs.diff_ids;
  const layers = diffIds.map((diffId): Descriptor => {
    const { digest, mediaType, size } = archiveOf(services, diffId);
    return { mediaType: ociLayerMediaType(mediaType), digest, size };
  });
  const config = { mediaType: OCI_CONFIG, digest: id, size: services.content.size(id) ?? 0 };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }));
  return { id, created: parseTimestamp(created ?? "") ?? 0n, tags, manifest, layers, diffIds };
}

async function* archive(
  services: ImageServices,
  images: readonly SavedImage[],
): AsyncGenerator<Uint8Array, void, void> {
  const { content } = services;
  using lease = new Lease(services);
  const blobs = new Map(
    images.flatMap(({ id, created, layers }) =>
      [id, ...layers.map(({ digest }) => digest)].map((digest) => [digest, created]),
    ),
  );
  for (const digest of blobs.keys()) lease.holdBlob(digest);
  yield entry("directory", "blobs/", 0);
  yield entry("directory", BLOBS, 0);
  for (const [digest, created] of blobs) {
    const size = content.size(digest);
    if (size === undefined) throw new BerthError("internal", `content ${digest}: not found`);
    yield entry("file", blobName(digest), size, created);
    yield* content.stream(digest);
    yield paddingAfter(size);
  }
  for (const { manifest } of images) yield* document(blobName(digestOf(manifest)), manifest);
  yield* document(
    "index.json",
    json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: images.flatMap(indexEntries) }),
  );
  yield* document("manifest.json", json(images.map(manifestEntry)));
  yield* document("oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  yield* document("repositories", json(repositories(images)));
  yield END_OF_ARCHIVE;
  for (const { id } of images) publish(services, "save", id, id);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const blobName = (digest: string): string => `${BLOBS}${digest.slice("sha256:".length)}`;

function entry(type: EntryType, name: string, size: number, modified = 0n): Uint8Array {
  return encodeEntry({
    type,
    name,
    linkName: "",
    mode: type === "directory" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size,
    modified,
    major: 0,
    minor: 0,
    xattrs: new Map(),
  });
}

function* document(name: string, bytes: Buffer): Generator<Uint8Array, void, void> {
  yield entry("file", name, bytes.length);
  yield bytes;
  yield paddingAfter(bytes.length);
}

/** One for each tag, as OCI has it; one without a name for an image that has none. */
function indexEntries({ tags, manifest }: SavedImage): unknown[] {
  const descriptor = { mediaType: OCI_MANIFEST, digest: digestOf(manifest), size: manifest.length };
  if (tags.length === 0) return [descriptor];
  return tags.map((tag) => ({
    ...descriptor,
    annotations: { [NAME_ANNOTATION]: tag, [TAG_ANNOTATION]: splitTag(tag).tag },
  }));
}

function manifestEntry({ id, tags, layers, diffIds }: SavedImage): unknown {
  return {
    Config: blobName(id),
    RepoTags: tags.length === 0 ? null : tags.map(familiarTag),
    Layers: layers.map(({ digest }) => blobName(digest)),
    LayerSources: Object.fromEntries(layers.map((layer, index) => [diffIds[index], layer])),
  };
}

/** What readers older than manifest.json look for: repository, tag, and the name of the top layer. */
function repositories(images: readonly SavedImage[]): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const { tags, layers } of images) {
    for (const tag of tags) {
      const { repository, tag: name } = splitTag(familiarTag(tag));
      found[repository] = { ...found[repository], [name]: layers.at(-1)?.digest.slice("sha256:".length) ?? "" };
    }
  }
  return found;
}
