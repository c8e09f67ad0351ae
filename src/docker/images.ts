// Renders images as the Docker API does.
import type { ImageDeleteEntry, ImageHistoryEntry, ImageInspect, ImageSummary } from "../api/images.ts";
import { formatTimestamp, parseTimestamp } from "../api/time.ts";
import type { HistoryEntry, InspectedImage, ListedImage, RemovedImage } from "../engine/index.ts";

/** A number that was not requested. */
const NOT_COUNTED = -1;

export function dockerImage(image: InspectedImage): ImageInspect {
  const { config } = image;
  const [top, ...below] = image.directories;
  return {
    Id: image.id,
    RepoTags: image.tags,
    RepoDigests: image.digests,
    Parent: image.parent,
    Comment: config.comment ?? config.history.at(-1)?.comment ?? "",
    Created: config.created ?? "",
    DockerVersion: config.docker_version ?? "",
    Author: config.author ?? "",
    Config: config.config ?? {},
    Architecture: config.architecture,
    ...(config.variant ? { Variant: config.variant } : {}),
    Os: config.os,
    ...(config["os.version"] ? { OsVersion: config["os.version"] } : {}),
    Size: image.size,
    GraphDriver: {
      Data: {
        ...(below.length > 0 ? { LowerDir: below.join(":") } : {}),
        ...(top === undefined ? {} : { UpperDir: top }),
      },
      Name: "overlay2",
    },
    RootFS: { Type: config.rootfs.type, Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: formatTimestamp(BigInt(image.taggedAt) * 1_000_000n) },
  };
}

export function dockerImageSummary(image: ListedImage): ImageSummary {
  return {
    Id: image.id,
    ParentId: image.parent,
    RepoTags: image.tags,
    RepoDigests: image.digests,
    Created: image.created,
    Size: image.size,
    SharedSize: image.sharedSize ?? NOT_COUNTED,
    Labels: image.labels ?? null,
    Containers: image.containers ?? NOT_COUNTED,
  };
}

export function dockerHistory({ imageId, tags, created, ...entry }: HistoryEntry): ImageHistoryEntry {
  return {
    Id: imageId ?? "<missing>",
    Created: Number((parseTimestamp(created) ?? 0n) / 1_000_000_000n),
    CreatedBy: entry.createdBy,
    Tags: tags.length > 0 ? tags : null,
    Size: entry.size,
    Comment: entry.comment,
  };
}

export const dockerRemoved = (removed: RemovedImage): ImageDeleteEntry =>
  removed.type === "untagged" ? { Untagged: removed.name } : { Deleted: removed.id };
