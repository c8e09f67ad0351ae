// Where the results of steps are found again and kept. The two frontends differ in this: the classic builder's cache is
// the images in the engine, that of Dockerfiles built today are the cache records.
import type { LayerSource } from "../../images/derive.ts";
import type { Image } from "../../images/image.ts";
import type { StepExecution } from "./step-execution.ts";
import type { BuildVertex, PreparedStep } from "./vertex.ts";

export interface StepCache {
  /** Identifies the result among all builds: what the step does, to which files. */
  keyOf(vertex: BuildVertex, parent: Image | undefined, prepared: PreparedStep): string;
  /** Undefined when the step has to run. */
  find(key: string, vertex: BuildVertex, parent: Image | undefined, prepared: PreparedStep): Promise<FoundImage>;
  /** Makes the result's image; without a layer nothing was changed. */
  commit(
    key: string,
    vertex: BuildVertex,
    parent: Image | undefined,
    prepared: PreparedStep,
    execution: StepExecution,
    layer: LayerSource | undefined,
  ): Promise<Image | undefined>;
}

/** An image without files, which a stage from scratch is, is as good a result as another. */
export type FoundImage = { image: Image | undefined } | undefined;
