// What a step may use while it runs.
import type { LayerMaker } from "../../../storage/build/spawn.ts";
import type { CacheMounts } from "../cache/mounts.ts";
import type { ContextTrees } from "../contexts/trees.ts";
import type { EngineServices } from "../engine-services.ts";
import type { Moment, VertexStatus } from "../events.ts";
import type { BuildSession } from "../session.ts";
import type { SolveRequest } from "../solve-request.ts";
import type { Sources } from "../sources.ts";

/** An event of the running vertex. */
export type VertexEvent =
  | { type: "log"; stream: "stdout" | "stderr"; data: Uint8Array; time: Moment }
  | ({ type: "status" } & Omit<VertexStatus, "vertex">)
  | { type: "container"; id: string; state: "running" | "removed"; warnings: readonly string[] };

export interface StepExecution {
  services: EngineServices;
  request: SolveRequest;
  session: BuildSession;
  caches: CacheMounts;
  /** The client's directories as of the last build. */
  trees: ContextTrees;
  maker: LayerMaker;
  /** Workers that read images' files. */
  sources: Sources;
  signal: AbortSignal;
  emit(event: VertexEvent): void;
  /** Resolves when the receivers of output keep up. */
  ready(): Promise<void>;
  /** A new path for the build's own files. */
  newPath(): string;
}
