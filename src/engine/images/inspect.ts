// `image inspect` and `history`.
import type { ImageHistoryEntry, ImageInspect } from "../../api/images.ts";
import { formatTimestamp, parseTimestamp } from "../../api/time.ts";
import type { Image } from "./image.ts";
import { familiarDigest, familiarTag } from "./names.ts";
import type { ImageRecord } from "./records.ts";
import type { ImageServices } from "./services.ts";

export function inspectImage(
  { layers }: ImageServices,
  { id, config, record, lowerDirectories, size }: Image,
): ImageInspect {
  const [top, ...below] = layers.stack(record.topLayer).length === 0 ? [] : lowerDirectories;
  return {
    Id: id,
    RepoTags: [...record.tags].map(familiarTag).sort(),
    RepoDigests: [...record.digests].map(familiarDigest).sort(),
    Parent: record.parent,
    Comment: config.comment ?? config.history.at(-1)?.comment ?? "",
    Created: config.created ?? "",
    DockerVersion: config.docker_version ?? "",
    Author: config.author ?? "",
    Config: config.config ?? {},
    Architecture: config.architecture,
    ...(config.variant ? { Variant: config.variant } : {}),
    Os: config.os,
    ...(config["os.version"] ? { OsVersion: config["os.version"] } : {}),
    Size: size,
    GraphDriver: {
      Data: {
        ...(below.length > 0 ? { LowerDir: below.join(":") } : {}),
        ...(top === undefined ? {} : { UpperDir: top }),
      },
      Name: "overlay2",
    },
    RootFS: { Type: config.rootfs.type, Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: formatTimestamp(BigInt(record.taggedAt) * 1_000_000n) },
  };
}

/** The history, newest first. Layers of pulled images have no image ID: "<missing>". */
export function historyOf(services: ImageServices, { id, config, record }: Image): ImageHistoryEntry[] {
  const sizes = services.layers
    .stack(record.topLayer)
    .map(({ size }) => size)
    .reverse();
  let layer = 0;
  const entries = config.history.map((entry): ImageHistoryEntry => {
    const size = entry.empty_layer ? 0 : (sizes[layer] ?? 0);
    if (!entry.empty_layer) layer += 1;
    return {
      Id: "<missing>",
      Created: Number((parseTimestamp(entry.created ?? "") ?? 0n) / 1_000_000_000n),
      CreatedBy: entry.created_by ?? "",
      Tags: null,
      Size: size,
      Comment: entry.comment ?? "",
    };
  });
  entries.reverse();
  let current: string | undefined = id;
  for (const entry of entries) {
    const owner: ImageRecord | undefined = current === undefined ? undefined : services.records.byImageId(current);
    if (owner === undefined) break;
    entry.Id = owner.id;
    entry.Tags = owner.tags.size > 0 ? [...owner.tags].map(familiarTag).sort() : null;
    current = owner.parent || undefined;
  }
  return entries;
}
