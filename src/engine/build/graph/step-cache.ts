// Lookup and storage of step results. The builders differ in this: the classic builder's cache is the engine's images,
// BuildKit's is the cache records.
import type { LayerSource } from "../../images/derive.ts";
import type { Image } from "../../images/image.ts";
import type { StepExecution } from "./step-execution.ts";
import type { BuildVertex, PreparedStep } from "./vertex.ts";

export interface StepCache {
  /** Identifies the result across builds: the step's operation and input files. */
  keyOf(vertex: BuildVertex, parent: Image | undefined, prepared: PreparedStep): string;
  /** Undefined when the step has to run. */
  find(key: string, vertex: BuildVertex, parent: Image | undefined, prepared: PreparedStep): Promise<FoundImage>;
  /** Creates the result's image; without a layer nothing was changed. */
  commit(
    key: string,
    vertex: BuildVertex,
    parent: Image | undefined,
    prepared: PreparedStep,
    execution: StepExecution,
    layer: LayerSource | undefined,
  ): Promise<Image | undefined>;
}

/** An image without files is a valid result, too: a stage from scratch. */
export type FoundImage = { image: Image | undefined } | undefined;
