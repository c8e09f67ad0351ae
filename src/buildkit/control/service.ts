// Control service: solving, status, sessions and worker information.
import { BerthError } from "../../api/errors.ts";
import { duplexOfCall } from "../../grpc/byte-stream.ts";
import { Control, type SolveRequest } from "../../grpc/proto/buildkit/control_pb.ts";
import { bidiStream, type CallContext, type Method, serverStream, unary } from "../../grpc/service.ts";
import type { GrpcError } from "../../grpc/status.ts";
import { type FrontendRequest, solveRequestOf } from "../bridge/request.ts";
import type { BuildEngine } from "../engine.ts";
import { buildFailure } from "../errors.ts";
import type { Registry } from "../registry.ts";
import { BuildKitSession } from "../session/build-session.ts";
import { readOpening, type Sessions } from "../session/sessions.ts";
import { type BuildCache, cacheMethods } from "./cache-calls.ts";
import { type ExporterRequest, exporterOf, requestedExporters } from "./exporters.ts";
import type { History } from "./history.ts";
import { historyMethods } from "./history-calls.ts";
import { provenanceOf } from "./provenance.ts";
import type { Recorded } from "./record.ts";
import { Solve } from "./solve.ts";
import type { StatusLog } from "./status-log.ts";
import { buildkitVersion, type WorkerFacts, workerOf } from "./workers.ts";

export interface ControlParts {
  engine: BuildEngine;
  solves: Registry<Solve>;
  sessions: Sessions;
  history: History;
  cache: BuildCache;
  worker(): WorkerFacts;
}

/** A build request of a client. */
export interface SolveCall {
  /** Build ref, chosen by the client. */
  ref: string;
  /** "" for none. */
  sessionId: string;
  exporters: readonly ExporterRequest[];
  entitlements: readonly string[];
  inlineCache: boolean;
  /** Undefined: the client drives the build through the gateway. */
  frontend: FrontendRequest | undefined;
  /** Undefined for a build that is not recorded in the history. */
  recorded: Recorded | undefined;
  /** A context sent in the request itself. */
  body: AsyncIterable<Uint8Array> | undefined;
  /** Aborted when the client cancels or disconnects. */
  signal: AbortSignal;
}

export interface StartedSolve {
  log: StatusLog;
  /** The exporters' metadata, once complete. @throws GrpcError */
  answer: Promise<Readonly<Record<string, string>>>;
}

export class ControlService {
  private readonly parts: ControlParts;

  constructor(parts: ControlParts) {
    this.parts = parts;
  }

  get methods(): Method[] {
    const { method } = Control;
    const { solves, history, cache } = this.parts;
    return [
      ...cacheMethods(cache),
      ...historyMethods({
        history,
        active: () => [...solves.values()].flatMap((solve) => solve.record() ?? []),
        change: (signal) => solves.change(signal),
      }),
      unary(method.solve, async (request, context) => {
        const { answer } = await this.begin(solveCallOf(request, context));
        return { ExporterResponse: { ...(await answer) } };
      }),
      serverStream(method.status, ({ Ref }, context) => this.status(Ref, context)),
      bidiStream(method.session, (requests, send, { metadata }) => this.session(requests, send, metadata)),
      unary(method.listWorkers, () => ({ record: [workerOf(this.parts.worker())] })),
      unary(method.info, () => ({ buildkitVersion })),
    ];
  }

  /** @throws BerthError for an invalid call */
  async begin(call: SolveCall): Promise<StartedSolve> {
    const { solves, sessions } = this.parts;
    const { ref, sessionId, entitlements, inlineCache, body, signal } = call;
    if (ref === "") throw new BerthError("invalidParameter", "a build needs a ref");
    const exporters = call.exporters.map(exporterOf);
    const client = sessionId === "" ? undefined : await sessions.find(sessionId, signal);
    const session = new BuildKitSession(client);
    if (solves.has(ref)) throw new BerthError("conflict", `job ID ${ref} exists`);
    const { recorded } = call;
    const solve = new Solve({ ref, session, exporters, entitlements, inlineCache, recorded, body, signal });
    solves.add(ref, solve);
    const answer = this.run(solve, call.frontend).finally(() => solves.remove(ref));
    // Callers read the status events first; a rejection before they await the answer is not unhandled.
    answer.catch(() => {});
    return { log: solve.log, answer };
  }

  private async run(solve: Solve, frontend: FrontendRequest | undefined): Promise<Readonly<Record<string, string>>> {
    const { engine } = this.parts;
    let response: Readonly<Record<string, string>> = {};
    let error: GrpcError | undefined;
    try {
      if (frontend !== undefined) {
        const request = solveRequestOf(frontend, solve);
        const result = await engine.solve(request, solve.log, solve.options.signal);
        solve.finish(solve.keep(async () => ({ request, result })));
      }
      response = await solve.export(engine);
    } catch (thrown) {
      error = buildFailure(thrown);
    }
    await solve.dispose();
    const { recorded, signal } = solve.options;
    const provenance = recorded && error === undefined ? provenanceOf(recorded) : undefined;
    const record = solve.record({ completed: Date.now(), response, error, provenance });
    if (record !== undefined) await this.parts.history.add(record, solve.log.follow(signal), provenance);
    if (error !== undefined) throw error;
    return response;
  }

  /** A session tunnelled through the messages of a call: directly connected clients have no other connection. */
  private async session(
    requests: AsyncIterable<{ data: Uint8Array }>,
    send: (message: { data: Uint8Array }) => Promise<void>,
    metadata: CallContext["metadata"],
  ): Promise<void> {
    const opening = readOpening((name) => {
      const value = metadata[name];
      return Array.isArray(value) ? value.join(",") : value;
    });
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const connection = duplexOfCall({ messages: requests, send, end, cancel: end });
    // The client waits for the end of this call after it has closed its side.
    connection.once("end", end);
    await Promise.race([this.parts.sessions.serve(opening, connection), ended]);
  }

  private async *status(ref: string, { signal }: CallContext) {
    const { solves, history } = this.parts;
    const past = solves.has(ref) ? undefined : history.output(ref);
    if (past !== undefined) {
      yield* past;
      return;
    }
    const solve = await solves.find(ref, signal);
    if (solve === undefined) throw new BerthError("notFound", `no such job ${ref}`);
    yield* solve.log.follow(signal);
  }
}

function solveCallOf(request: SolveRequest, { signal }: CallContext): SolveCall {
  refuseUnsupported(request);
  const { Frontend: frontend, FrontendAttrs: attributes, FrontendInputs: inputs } = request;
  if (frontend !== "" && (attributes.requestid ?? "") !== "") {
    throw new BerthError("notImplemented", "subrequests are answered by the gateway only");
  }
  return {
    ref: request.Ref,
    sessionId: request.Session,
    exporters: requestedExporters(request),
    entitlements: request.Entitlements,
    inlineCache: (request.Cache?.Exports ?? []).some(({ Type }) => Type === "inline"),
    frontend: frontend === "" ? undefined : { frontend, attributes, inputs },
    recorded: request.Internal ? undefined : { frontend, attributes, exporters: requestedExporters(request) },
    body: undefined,
    signal,
  };
}

/** Unsupported options are rejected by name, never ignored. */
function refuseUnsupported({ Definition, Cache, SourcePolicy, ProxyNetwork }: SolveRequest): void {
  if (Definition !== undefined && Definition.def.length > 0) {
    throw new BerthError("notImplemented", "LLB definitions are not supported: this engine builds Dockerfiles");
  }
  for (const { Type } of Cache?.Exports ?? []) {
    if (Type !== "inline") throw new BerthError("notImplemented", `cache export to ${Type} is not supported`);
  }
  // Clients offer a source policy session whenever the context is not a directory. One with a strict policy notices the
  // missing capability and aborts by itself.
  if ((SourcePolicy?.rules.length ?? 0) > 0) {
    throw new BerthError("notImplemented", "source policies are not supported by this engine");
  }
  if (ProxyNetwork) throw new BerthError("notImplemented", "the proxy network is not supported by this engine");
}
