// Renders the disk usage of the engine as Docker's `system df` does.
import type { DiskUsageAnswer } from "../api/system.ts";
import type { DiskUsage } from "../engine/index.ts";
import { dockerCacheRecord } from "./build-cache.ts";
import { dockerImageSummary } from "./images.ts";
import { dockerSummary } from "./inspection.ts";
import { dockerVolumeUsage } from "./volumes.ts";

/** Null for kinds of objects that were not requested. */
export function dockerDiskUsage({ layersSize, images, containers, volumes, buildCache }: DiskUsage): DiskUsageAnswer {
  return {
    LayersSize: layersSize ?? 0,
    Images: images?.map(dockerImageSummary) ?? null,
    Containers: containers?.map(dockerSummary) ?? null,
    Volumes: volumes?.map(dockerVolumeUsage) ?? null,
    BuildCache: buildCache?.map(dockerCacheRecord) ?? null,
  };
}
