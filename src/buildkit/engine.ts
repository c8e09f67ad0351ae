// What the protocol needs of the engine.
import type { BuildObserver } from "../engine/build/events.ts";
import type { BuildSession } from "../engine/build/session.ts";
import type {
  Exporter,
  SolveRequest,
  SolveResult,
  Subrequest,
  SubrequestAnswer,
} from "../engine/build/solve-request.ts";

export interface BuildEngine {
  solve(request: SolveRequest, observer: BuildObserver, signal: AbortSignal): Promise<SolveResult>;
  /** Carries out the exporters, and answers the exporter's metadata ("containerimage.digest"). */
  export(
    result: SolveResult,
    exporters: readonly Exporter[],
    session: BuildSession,
    observer: BuildObserver,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>>;
  describe(request: SolveRequest, subrequest: Subrequest, signal: AbortSignal): Promise<SubrequestAnswer>;
}
