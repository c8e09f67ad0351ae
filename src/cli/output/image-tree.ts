// `images --tree`: each image with all its names, and its platforms if the engine lists them.
import type { ImageManifest, ImageSummary } from "../../api/images.ts";
import { humanSize, shortId } from "./units.ts";

const TITLES = ["IMAGE", "ID", "DISK USAGE", "CONTENT SIZE", "EXTRA"];
/** Right-aligned numeric columns. */
const NUMBERS = [2, 3];
const MIN_WIDTHS = [0, 12];
const GAP = "   ";
const LEGEND = "U: in use by a container";

const USED = "U";
const NAMELESS = "<untagged>";

function platformLine({ ID, Size, ImageData }: ImageManifest, branch: string): string[][] {
  if (!ImageData) return [];
  const { os, architecture, variant } = ImageData.Platform;
  const platform = [os, architecture, ...(variant ? [variant] : [])].join("/");
  const used = (ImageData.Containers ?? []).length > 0;
  return [[branch + platform, shortId(ID), humanSize(Size.Total, 3), humanSize(Size.Content, 3), used ? USED : ""]];
}

function imageLines({ Id, RepoTags, Size, Containers, Manifests = [] }: ImageSummary): string[][] {
  const platforms = Manifests.filter(({ Kind }) => Kind === "image");
  const content = platforms.reduce((sum, manifest) => sum + manifest.Size.Content, 0);
  const used = Containers > 0 || platforms.some(({ ImageData }) => (ImageData?.Containers ?? []).length > 0);
  const names = (RepoTags ?? []).filter((name) => name !== "<none>:<none>");
  const [last = NAMELESS, ...others] = names.toReversed();
  return [
    ...others.toReversed().map((name) => [name]),
    [last, shortId(Id), humanSize(Size, 3), humanSize(content, 3), used ? USED : ""],
    ...platforms.flatMap((manifest, index) => platformLine(manifest, index === platforms.length - 1 ? "└─ " : "├─ ")),
  ];
}

/** @param all include images without a name */
export function imageTree(images: readonly ImageSummary[], all: boolean): string {
  const shown = images.filter(({ RepoTags }) => all || (RepoTags ?? []).length > 0);
  const lines = [TITLES, ...shown.flatMap(imageLines)];
  const widths = TITLES.map((_, column) =>
    Math.max(MIN_WIDTHS[column] ?? 0, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const text = lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return NUMBERS.includes(column) && line !== TITLES ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd(),
  );
  return `${text.join("\n")}\n\n${LEGEND}\n`;
}
