// The engine's services that the protocol uses.
import type { BuildObserver } from "../engine/build/events.ts";
import type { SolveRequest, SolveResult, Subrequest, SubrequestAnswer } from "../engine/build/solve-request.ts";

export interface BuildEngine {
  solve(request: SolveRequest, observer: BuildObserver, signal: AbortSignal): Promise<SolveResult>;
  /** Runs the request's exporters; returns the content of the metadata file ("containerimage.digest"). */
  export(
    result: SolveResult,
    request: SolveRequest,
    observer: BuildObserver,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>>;
  describe(request: SolveRequest, subrequest: Subrequest, signal: AbortSignal): Promise<SubrequestAnswer>;
}
