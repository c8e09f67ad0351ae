// The build graph: vertices, their operations and results.
import type { Platform } from "../../../api/platforms.ts";
import { digestOf } from "../../../storage/content.ts";
import type { Derivation, LayerSource } from "../../images/derive.ts";
import type { SourceLocation } from "../events.ts";
import type { VertexResult } from "./result.ts";
import type { StepExecution } from "./step-execution.ts";

/** A source of files: an image, a context. */
export interface SourceOperation {
  readonly type: "source";
  /** Identifies the source, as JSON. */
  readonly definition: unknown;
  load(execution: StepExecution): Promise<VertexResult>;
}

/** A change to the files (in the classic builder also the configuration) of an image, the first input. */
export interface StepOperation {
  readonly type: "step";
  /** Everything besides the inputs that determines the result, as JSON. */
  readonly definition: unknown;
  /** The part of it that the cache looks at, without the names of what {@link PreparedStep.content} describes. */
  readonly key?: unknown;
  /** Digests the relevant inputs. Runs before the cache lookup. */
  prepare(inputs: readonly VertexResult[], execution: StepExecution): Promise<PreparedStep>;
}

export interface PreparedStep {
  /** A digest of the relevant parts of all inputs but the first. */
  content: string;
  /** The resulting image's configuration and history, besides its parent's. */
  description: StepDescription;
  /** Runs the step. `commit` creates the image while the files still exist. */
  execute(execution: StepExecution, commit: (layer?: LayerSource) => Promise<void>): Promise<void>;
}

export type StepDescription = Omit<Derivation, "parent">;

export interface VertexOptions {
  name: string;
  inputs: readonly BuildVertex[];
  operation: SourceOperation | StepOperation;
  platform?: Platform | undefined;
  ignoresCache?: boolean;
  location?: SourceLocation | undefined;
  /** Whether displays hide it. */
  isSilent?: boolean;
}

export class BuildVertex {
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly BuildVertex[];
  readonly operation: SourceOperation | StepOperation;
  readonly platform: Platform | undefined;
  readonly ignoresCache: boolean;
  readonly location: SourceLocation | undefined;
  readonly isSilent: boolean;

  constructor({ name, inputs, operation, platform, ignoresCache = false, location, isSilent = false }: VertexOptions) {
    this.name = name;
    this.inputs = inputs;
    this.operation = operation;
    this.platform = platform;
    this.ignoresCache = ignoresCache;
    this.location = location;
    this.isSilent = isSilent;
    const parts = [operation.definition, platform, ignoresCache, inputs.map(({ digest }) => digest)];
    this.digest = digestOf(JSON.stringify(parts));
  }
}

/** A vertex and all its dependencies, inputs first. */
export function withInputs(vertex: BuildVertex, found = new Set<BuildVertex>()): Set<BuildVertex> {
  if (found.has(vertex)) return found;
  for (const input of vertex.inputs) withInputs(input, found);
  return found.add(vertex);
}
