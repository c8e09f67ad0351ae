// Renders the progress of transfers and classic builds as the lines of Docker's streams.
import type { ProgressLine } from "../api/images.ts";
import { familiarReference } from "../api/references.ts";
import type { ClassicEvent, LayerStage, TransferEvent } from "../engine/index.ts";

const BAR_LENGTH = 50;
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

export function transferLines(event: TransferEvent): ProgressLine[] {
  switch (event.type) {
    case "layer":
      return [layerLine(event)];
    case "pulling":
      return [{ status: `Pulling from ${event.path}`, id: event.version }];
    case "pulled": {
      const outcome = event.isNew ? "Downloaded newer image" : "Image is up to date";
      return [
        { status: `Digest: ${event.digest}` },
        { status: `Status: ${outcome} for ${familiarReference(event.reference)}` },
      ];
    }
    case "pushing":
      return [{ status: `The push refers to repository [${event.repository}]` }];
    case "pushed": {
      const { tag, digest, size } = event;
      return [
        { status: `${tag}: digest: ${digest} size: ${size}` },
        { progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: size } },
      ];
    }
    case "downloading":
      return [{ status: `Downloading from ${event.url}` }];
    case "renamed": {
      const { name, previousId } = event;
      return [
        { stream: `The image ${name} already exists, renaming the old one with ID ${previousId} to empty string\n` },
      ];
    }
    case "loaded":
      return [
        { stream: event.name === undefined ? `Loaded image ID: ${event.id}\n` : `Loaded image: ${event.name}\n` },
      ];
  }
}

export function classicBuildLines(event: ClassicEvent): ProgressLine[] {
  switch (event.type) {
    case "output":
      return [{ stream: event.text }];
    case "image":
      return [{ aux: { ID: event.id } }];
    case "transfer":
      return transferLines(event.event);
  }
}

function layerLine({ id, stage, done }: Extract<TransferEvent, { type: "layer" }>): ProgressLine {
  const status = stageWords(stage);
  if (!done) return { status, progressDetail: {}, id };
  const { current, total } = done;
  return { status, progressDetail: { current, total }, progress: bar(current, total), id };
}

function stageWords(stage: LayerStage): string {
  if (stage === "verifying checksum") return "Verifying Checksum";
  return `${stage.charAt(0).toUpperCase()}${stage.slice(1)}`;
}

/** "[=====>     ]  1.2MB/12MB" */
export function bar(current: number, total: number): string {
  const shownCurrent = humanSize(current).padStart(8);
  if (total <= 0 || current > total) return shownCurrent;
  const done = Math.floor(Math.floor((current / total) * 100) / 2);
  return `[${"=".repeat(done)}>${" ".repeat(BAR_LENGTH - done)}] ${shownCurrent}/${humanSize(total)}`;
}

/** Decimal units with four significant digits, as in Docker's lines. */
function humanSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(4))}${UNITS[power]}`;
}
