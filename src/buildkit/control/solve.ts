// A client's build: it lives as long as its Control.Solve call; gateway calls refer to it.
import { randomUUID } from "node:crypto";
import { BerthError } from "../../api/errors.ts";
import type { Exporter } from "../../engine/build/solve-request.ts";
import type { BuildHistoryRecord } from "../../grpc/proto/buildkit/control_pb.ts";
import { type Status, StatusSchema } from "../../grpc/proto/google/status_pb.ts";
import { encode } from "../../grpc/service.ts";
import { GrpcError, type StatusCode, statusCodeOf, statusCodes } from "../../grpc/status.ts";
import type { BuildEngine } from "../engine.ts";
import type { BuildKitSession } from "../session/build-session.ts";
import { type Outcome, type Recorded, recordOf } from "./record.ts";
import { Ref, type SolvedRequest } from "./ref.ts";
import { StatusLog } from "./status-log.ts";

/** What the gateway returned: a result to export, none, or the client's error. */
export type Returned = { type: "result"; ref: Ref | undefined } | { type: "failure"; error: GrpcError };

export interface SolveOptions {
  ref: string;
  session: BuildKitSession;
  exporters: readonly Exporter[];
  entitlements: readonly string[];
  inlineCache: boolean;
  /** Undefined for a build that is not recorded in the history. */
  recorded: Recorded | undefined;
  /** A context sent in the request itself. */
  body: AsyncIterable<Uint8Array> | undefined;
  /** Aborted when the client cancels or disconnects. */
  signal: AbortSignal;
}

export class Solve {
  readonly options: SolveOptions;
  readonly log = new StatusLog();
  private readonly started = Date.now();
  readonly returned: Promise<Returned>;
  private readonly working = new Set<Promise<void>>();
  private readonly refs = new Map<string, Ref>();
  private readonly resolve: (returned: Returned) => void;

  constructor(options: SolveOptions) {
    this.options = options;
    const { promise, resolve } = Promise.withResolvers<Returned>();
    this.returned = promise;
    this.resolve = resolve;
    options.signal.addEventListener("abort", () => this.fail(cancelled()), { once: true });
  }

  /** Keeps a result until the build ends; returns its gateway id. */
  keep(build: () => Promise<SolvedRequest>): string {
    const id = randomUUID();
    this.refs.set(id, new Ref(build));
    return id;
  }

  /** Tracks gateway calls: the build ends after them, so that their last events are sent. */
  async during<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => {},
      () => {},
    );
    this.working.add(settled);
    try {
      return await work;
    } finally {
      this.working.delete(settled);
    }
  }

  /** @throws BerthError notFound */
  ref(id: string): Ref {
    const ref = this.refs.get(id);
    if (ref === undefined) throw new BerthError("notFound", `no such ref: ${id}`);
    return ref;
  }

  /** The current history record; final once the build has ended. */
  record(outcome?: Outcome): BuildHistoryRecord | undefined {
    const { ref, recorded } = this.options;
    return recorded && recordOf(ref, recorded, this.started, this.log, outcome);
  }

  /** The client's final result or error through the gateway. */
  finish(id: string): void {
    this.resolve({ type: "result", ref: id === "" ? undefined : this.ref(id) });
  }

  fail(error: GrpcError): void {
    this.resolve({ type: "failure", error });
  }

  /** Waits for the gateway's result and exports it. @throws GrpcError the client's own error */
  async export(engine: BuildEngine): Promise<Readonly<Record<string, string>>> {
    const returned = await this.returned;
    if (returned.type === "failure") throw returned.error;
    if (returned.ref === undefined) return {};
    const { result, request } = await returned.ref.solved();
    return engine.export(result, request, this.log, this.options.signal);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.working);
    for (const ref of this.refs.values()) ref.dispose();
    this.refs.clear();
    this.log.close();
  }
}

export const cancelled = (): GrpcError => new GrpcError(statusCodes.cancelled, "context canceled");

/** A failure reported through the gateway, with all its details. */
export function failureOf(status: Status): GrpcError {
  const code: StatusCode = statusCodeOf(status.code);
  return new GrpcError(
    code === statusCodes.ok ? statusCodes.unknown : code,
    status.message,
    encode(StatusSchema, status),
  );
}
