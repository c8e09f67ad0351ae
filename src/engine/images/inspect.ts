// `image inspect` and `history`.
import type { ImageConfig } from "./configuration.ts";
import type { Image } from "./image.ts";
import { familiarDigest, familiarTag } from "./names.ts";
import type { ImageRecord } from "./records.ts";
import type { ImageServices } from "./services.ts";

/** The engine's view of an image for front ends. */
export interface InspectedImage {
  id: string;
  /** As users write them. */
  tags: string[];
  digests: string[];
  /** The ID of the image it was committed from; "" for none. */
  parent: string;
  config: ImageConfig;
  /** Bytes. */
  size: number;
  /** Directories of its layers, the top one first. */
  directories: readonly string[];
  /** Milliseconds since 1970. */
  taggedAt: number;
}

export function inspectImage(
  { layers }: ImageServices,
  { id, config, record, lowerDirectories, size }: Image,
): InspectedImage {
  return {
    id,
    tags: [...record.tags].map(familiarTag).sort(),
    digests: [...record.digests].map(familiarDigest).sort(),
    parent: record.parent,
    config,
    size,
    directories: layers.stack(record.topLayer).length === 0 ? [] : lowerDirectories,
    taggedAt: record.taggedAt,
  };
}

/** A step of an image's history. */
export interface HistoryEntry {
  /** The image that the step made; absent for layers of pulled images. */
  imageId?: string;
  tags: string[];
  /** RFC 3339; "" if it is not known. */
  created: string;
  createdBy: string;
  comment: string;
  /** Bytes. */
  size: number;
}

/** The history, newest first. */
export function historyOf(services: ImageServices, { id, config, record }: Image): HistoryEntry[] {
  const sizes = services.layers
    .stack(record.topLayer)
    .map(({ size }) => size)
    .reverse();
  let layer = 0;
  const entries = config.history.map((entry): HistoryEntry => {
    const size = entry.empty_layer ? 0 : (sizes[layer] ?? 0);
    if (!entry.empty_layer) layer += 1;
    const { created = "", created_by: createdBy = "", comment = "" } = entry;
    return { tags: [], created, createdBy, comment, size };
  });
  entries.reverse();
  let current: string | undefined = id;
  for (const entry of entries) {
    const owner: ImageRecord | undefined = current === undefined ? undefined : services.records.byImageId(current);
    if (owner === undefined) break;
    entry.imageId = owner.id;
    entry.tags = [...owner.tags].map(familiarTag).sort();
    current = owner.parent || undefined;
  }
  return entries;
}
