// The gateway's reference to a result, which is built on first use.
import type { SolveRequest, SolveResult } from "../../engine/build/solve-request.ts";

export interface SolvedRequest {
  request: SolveRequest;
  result: SolveResult;
}

export class Ref {
  private readonly build: () => Promise<SolvedRequest>;
  private built: Promise<SolvedRequest> | undefined;

  constructor(build: () => Promise<SolvedRequest>) {
    this.build = build;
  }

  solved(): Promise<SolvedRequest> {
    this.built ??= this.build();
    return this.built;
  }

  dispose(): void {
    this.built?.then(
      ({ result }) => result[Symbol.dispose](),
      // The caller has received the error.
      () => {},
    );
  }
}
