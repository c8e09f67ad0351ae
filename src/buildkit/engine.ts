// What the protocol needs of the engine.
import type { BuildObserver } from "../engine/build/events.ts";
import type { SolveRequest, SolveResult, Subrequest, SubrequestAnswer } from "../engine/build/solve-request.ts";

export interface BuildEngine {
  solve(request: SolveRequest, observer: BuildObserver, signal: AbortSignal): Promise<SolveResult>;
  /** Carries out the request's exporters, and answers what a metadata file says of them ("containerimage.digest"). */
  export(
    result: SolveResult,
    request: SolveRequest,
    observer: BuildObserver,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>>;
  describe(request: SolveRequest, subrequest: Subrequest, signal: AbortSignal): Promise<SubrequestAnswer>;
}
