// The cache of BuildKit-style builds: a step is looked up by its operation and input files, not by its configuration.
import { digestOf } from "../../../storage/content.ts";
import type { LayerSource } from "../../images/derive.ts";
import type { Image } from "../../images/image.ts";
import type { BuildImages } from "../engine-services.ts";
import type { FoundImage, StepCache } from "../graph/step-cache.ts";
import type { StepExecution } from "../graph/step-execution.ts";
import type { BuildVertex, PreparedStep } from "../graph/vertex.ts";
import type { CacheRecords } from "./records.ts";

/** Part of every key; increased when the meaning of steps changes. */
const KEY_VERSION = 1;

export interface CachedStep {
  key: string;
  layerCount: number;
}

export class RecordedStepCache implements StepCache {
  private readonly images: BuildImages;
  private readonly records: CacheRecords;
  private readonly epoch: number | undefined;
  /** The keys of the images that this build has reached. */
  private readonly keys = new Map<string, string>();

  /** @param epoch seconds since 1970: maximum modification time of files */
  constructor(images: BuildImages, records: CacheRecords, epoch: number | undefined) {
    this.images = images;
    this.records = records;
    this.epoch = epoch;
  }

  keyOf({ operation, platform }: BuildVertex, parent: Image | undefined, { content }: PreparedStep): string {
    const what = (operation.type === "step" ? operation.key : undefined) ?? operation.definition;
    return digestOf(JSON.stringify([KEY_VERSION, this.epoch, what, platform, filesOf(parent), content]));
  }

  async find(key: string): Promise<FoundImage> {
    const record = this.records.use(key);
    if (record === undefined) return undefined;
    if (record.imageId === undefined) return { image: undefined };
    const image = this.images.find(record.imageId);
    if (image) this.keys.set(image.id, key);
    return image && { image };
  }

  async commit(
    key: string,
    { name }: BuildVertex,
    parent: Image | undefined,
    { description }: PreparedStep,
    { maker, signal }: StepExecution,
    layer: LayerSource | undefined,
  ): Promise<Image | undefined> {
    if (layer === undefined) return parent;
    const options = { isHidden: true, keepsEmptyLayers: true, epoch: this.epoch };
    const id = await this.images.derive({ parent, ...description, layer, maker, signal, ...options });
    const image = this.images.get(id);
    this.keys.set(image.id, key);
    this.records.add([key], { imageId: image.id, layer: image.record.topLayer, description: name });
    return image;
  }

  /** This build's steps that led to an image: each with its key and the number of layers after it. */
  stepsOf(image: Image | undefined): CachedStep[] {
    const all = image?.config.rootfs.diff_ids ?? [];
    return [...this.keys].flatMap(([id, key]) => {
      const diffIds = this.images.find(id)?.config.rootfs.diff_ids ?? [];
      const isPrefix = diffIds.length > 0 && diffIds.every((diffId, index) => all[index] === diffId);
      return isPrefix ? [{ key, layerCount: diffIds.length }] : [];
    });
  }
}

/** Identifies the files of an image: images with the same layers are the same to a step. */
function filesOf(image: Image | undefined): string {
  return image === undefined ? "" : image.config.rootfs.diff_ids.join(",");
}
