// The events of a build. Every front end (POST /build, gRPC) renders these and nothing else.
// Source for the structure: moby/buildkit, api/services/control/control.proto (StatusResponse).
import type { Platform } from "../../api/platforms.ts";

/** Milliseconds since 1970, with fractions. */
export type Moment = number;

/** One node of the build graph. */
export interface Vertex {
  /** "sha256:…" of the operation and its inputs' digests. */
  digest: string;
  /** The displayed name: "[build 2/3] RUN make". */
  name: string;
  /** Digests of the vertices it depends on. */
  inputs: readonly string[];
  platform: Platform | undefined;
}

export type VertexState =
  | { type: "pending" }
  | { type: "started"; started: Moment }
  /** The result was found in the cache. */
  | { type: "cached"; started: Moment; completed: Moment }
  | { type: "completed"; started: Moment; completed: Moment }
  | { type: "failed"; started: Moment; completed: Moment; error: string }
  /** Displays show the error "context canceled" as CANCELED. */
  | { type: "canceled"; started: Moment; completed: Moment };

/** A progress item of a vertex, such as one layer of a pull; sent again on each change. */
export interface VertexStatus {
  /** Unique within the vertex: "extracting sha256:…". */
  id: string;
  vertex: string;
  /** Completed and total units, mostly bytes. Total 0: unknown. */
  current: number;
  total: number;
  started: Moment;
  completed: Moment | undefined;
}

/** Lines are counted from 1, characters from 0, as in BuildKit. */
export interface SourcePosition {
  line: number;
  character: number;
}

export interface SourceRange {
  start: SourcePosition;
  end: SourcePosition;
}

/** A location in a Dockerfile, with the file's content for an excerpt. */
export interface SourceLocation {
  filename: string;
  content: string;
  ranges: readonly SourceRange[];
}

export interface BuildWarning {
  /** The vertex it is shown with. */
  vertex: string;
  /** "StageNameCasing: Stage name 'Build' should be lowercase". */
  short: string;
  /** Further lines. */
  detail: readonly string[];
  url: string;
  location: SourceLocation | undefined;
}

export type BuildEvent =
  | { type: "vertex"; vertex: Vertex; state: VertexState }
  | { type: "status"; status: VertexStatus }
  /** Output of a RUN, in chunks as it arrives. */
  | { type: "log"; vertex: string; stream: "stdout" | "stderr"; data: Uint8Array; time: Moment }
  | { type: "warning"; warning: BuildWarning }
  /** The container of a RUN. Only the classic builder's lines mention it. */
  | { type: "container"; vertex: string; id: string; state: "running" | "removed"; warnings: readonly string[] };

/** Receives a build's events. */
export interface BuildObserver {
  onEvent(event: BuildEvent): void;
  /** Resolves when the receiver keeps up: applies back-pressure to a step's output. */
  ready(): Promise<void>;
}
