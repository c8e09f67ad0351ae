// The classic builder's cache: a step is looked up as an image created from the same parent by the same instruction.
// Its images are listed like any other, as in Docker.

import { digestOf } from "../../../storage/content.ts";
import type { LayerSource } from "../../images/derive.ts";
import type { Image } from "../../images/image.ts";
import type { BuildImages } from "../engine-services.ts";
import type { FoundImage, StepCache } from "../graph/step-cache.ts";
import type { StepExecution } from "../graph/step-execution.ts";
import type { BuildVertex, PreparedStep } from "../graph/vertex.ts";

export class ClassicStepCache implements StepCache {
  private readonly images: BuildImages;
  /** Image names; if any, only steps that led to these count. */
  private readonly sources: readonly string[];
  /** Images that this build has created: nothing was built on them before. */
  private readonly made = new Set<string>();

  constructor(images: BuildImages, sources: readonly string[]) {
    this.images = images;
    this.sources = sources;
  }

  keyOf(_vertex: BuildVertex, parent: Image | undefined, { description, content }: PreparedStep): string {
    return digestOf(JSON.stringify(["classic", parent?.id ?? "", description, content]));
  }

  async find(
    _key: string,
    _vertex: BuildVertex,
    parent: Image | undefined,
    { description }: PreparedStep,
  ): Promise<FoundImage> {
    if (parent && this.made.has(parent.id)) return undefined;
    const sources = this.sources.flatMap((name) => this.images.find(name) ?? []);
    const id = await this.images.findStep({ parent, ...description }, this.sources.length > 0 ? sources : undefined);
    return id === undefined ? undefined : { image: this.images.get(id) };
  }

  async commit(
    _key: string,
    _vertex: BuildVertex,
    parent: Image | undefined,
    { description }: PreparedStep,
    { maker, signal }: StepExecution,
    layer: LayerSource | undefined,
  ): Promise<Image> {
    const id = await this.images.derive({ parent, ...description, maker, signal, ...(layer ? { layer } : {}) });
    this.made.add(id);
    return this.images.get(id);
  }
}
