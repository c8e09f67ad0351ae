// `system df --verbose`: disk usage of every image, container, volume and build cache record.
import type { ContainerSummary } from "../../api/containers.ts";
import type { DiskUsageAnswer } from "../../api/system.ts";
import type { VolumeInspect } from "../../api/volumes.ts";
import { Struct } from "../template/values.ts";
import { type ListFormat, tableText } from "./list-format.ts";
import { compileRows, rowStruct } from "./list-template.ts";
import { buildCacheList, buildCacheRow, buildCacheSize, oldestFirst } from "./rows/build-cache.ts";
import { containerList, containerRow } from "./rows/containers.ts";
import { imageList, imageRow, type NamedImage, namedImages } from "./rows/images.ts";
import { volumeList, volumeRow } from "./rows/volumes.ts";
import { humanSize } from "./units.ts";

const images: ListFormat<NamedImage> = {
  ...imageList({ short: true, digests: false }),
  columns: ["Repository", "Tag", "ID", "CreatedSince", "Size", "SharedSize", "UniqueSize", "Containers"],
  row: (image) => imageRow(image, true),
};

const containers: ListFormat<ContainerSummary> = {
  ...containerList({ short: true, size: true }),
  columns: ["ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names"],
  row: (container) => ({ ...containerRow(container, true), Size: () => humanSize(container.SizeRw ?? 0, 3) }),
};

const volumes: ListFormat<VolumeInspect> = { ...volumeList, columns: ["Name", "Links", "Size"], row: volumeRow };

/** One row per image, under its first name. */
function firstNames({ Images }: DiskUsageAnswer): NamedImage[] {
  return (Images ?? []).flatMap((image) => namedImages([image], false).slice(0, 1));
}

function tables(usage: DiskUsageAnswer): string {
  const cache = oldestFirst(usage.BuildCache ?? []);
  return [
    `Images space usage:\n\n${tableText(firstNames(usage), images)}`,
    `\nContainers space usage:\n\n${tableText(usage.Containers ?? [], containers)}`,
    `\nLocal Volumes space usage:\n\n${tableText(usage.Volumes ?? [], volumes)}`,
    `\nBuild cache usage: ${humanSize(buildCacheSize(cache))}\n\n${tableText(cache, buildCacheList)}`,
  ].join("");
}

/** Untruncated rows, for templates. */
function structs(usage: DiskUsageAnswer): Struct {
  const long = (named: NamedImage) => ({ ...named, digest: "" });
  return new Struct("*formatter.diskUsageContext", {
    Images: firstNames(usage).map((image) =>
      rowStruct({ ...images, row: (named) => imageRow(named, false) }, long(image)),
    ),
    Containers: (usage.Containers ?? []).map((container) =>
      rowStruct(
        {
          ...containers,
          row: (item) => ({ ...containerRow(item, false), Size: () => humanSize(item.SizeRw ?? 0, 3) }),
        },
        container,
      ),
    ),
    Volumes: (usage.Volumes ?? []).map((volume) => rowStruct(volumes, volume)),
    BuildCache: oldestFirst(usage.BuildCache ?? []).map((record) =>
      rowStruct({ ...buildCacheList, row: (item) => buildCacheRow(item, false) }, record),
    ),
  });
}

/** @param format a Go template for the whole output, "json", or "" and "table" for tables */
export function verboseUsage(usage: DiskUsageAnswer, format: string): string {
  if (format === "" || format === "table") return tables(usage);
  return compileRows(format === "json" ? "{{json .}}" : format).render(structs(usage));
}
