// The build graph: vertices, what they do, and what comes of them.
import type { Platform } from "../../../api/platforms.ts";
import { digestOf } from "../../../storage/content.ts";
import type { Derivation, LayerSource } from "../../images/derive.ts";
import type { SourceLocation } from "../events.ts";
import type { VertexResult } from "./result.ts";
import type { StepExecution } from "./step-execution.ts";

/** Where files come from: an image, a context. */
export interface SourceOperation {
  readonly type: "source";
  /** As JSON it identifies the source. */
  readonly definition: unknown;
  load(execution: StepExecution): Promise<VertexResult>;
}

/** A change of the files (or, for the classic builder, of the configuration) of an image, the first input. */
export interface StepOperation {
  readonly type: "step";
  /** As JSON, everything that decides the result besides the inputs. */
  readonly definition: unknown;
  /** Reads what counts of the inputs. Runs before the cache is asked. */
  prepare(inputs: readonly VertexResult[], execution: StepExecution): Promise<PreparedStep>;
}

export interface PreparedStep {
  /** A digest of what counts of all inputs but the first. */
  content: string;
  /** What the resulting image says of itself, besides its parent. */
  description: StepDescription;
  /** Does it. `commit` makes the image while the files are still there. */
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
  /** Whether displays pass over it. */
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

/** A vertex and all that it depends on, inputs first. */
export function withInputs(vertex: BuildVertex, found = new Set<BuildVertex>()): Set<BuildVertex> {
  if (found.has(vertex)) return found;
  for (const input of vertex.inputs) withInputs(input, found);
  return found.add(vertex);
}
