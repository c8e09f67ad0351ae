// The gateway service (LLBBridge): the client drives the build that its Control.Solve call waits for.
import { BerthError } from "../../api/errors.ts";
import type { SourceLocation } from "../../engine/build/events.ts";
import type { Subrequest } from "../../engine/build/solve-request.ts";
import { LLBBridge, type Result, type SolveRequest, type WarnRequest } from "../../grpc/proto/buildkit/gateway_pb.ts";
import type { Definition, Position } from "../../grpc/proto/buildkit/ops_pb.ts";
import { type CallContext, type Method, unary } from "../../grpc/service.ts";
import type { SolvedRequest } from "../control/ref.ts";
import { failureOf, type Solve } from "../control/solve.ts";
import type { BuildEngine } from "../engine.ts";
import { buildFailure } from "../errors.ts";
import type { Registry } from "../registry.ts";
import { capabilities } from "./caps.ts";
import { definitionOfResult } from "./definitions.ts";
import { FilesOfResult } from "./files.ts";
import { type FrontendRequest, solveRequestOf } from "./request.ts";
import { sourceRequest } from "./source-request.ts";

export interface BridgeParts {
  engine: BuildEngine;
  solves: Registry<Solve>;
}

/** The header that names a call's build. */
const BUILD_ID = "buildkit-controlapi-buildid";

export function bridgeMethods(parts: BridgeParts): Method[] {
  const { method } = LLBBridge;
  const bridge = new Bridge(parts);
  return [
    unary(method.ping, async (_request, context) => {
      await bridge.solveOf(context);
      return capabilities;
    }),
    unary(method.solve, (request, context) => bridge.solve(request, context)),
    unary(method.evaluate, async ({ Ref }, context) => {
      await bridge.solved(Ref, context);
      return {};
    }),
    unary(method.statFile, async ({ Ref, Path }, context) => ({
      stat: await (await bridge.files(Ref, context)).stat(Path),
    })),
    unary(method.readFile, async ({ Ref, FilePath, Range }, context) => ({
      Data: await (await bridge.files(Ref, context)).read(
        FilePath,
        Number(Range?.Offset ?? 0n),
        Number(Range?.Length ?? 0n),
      ),
    })),
    unary(method.readDir, async ({ Ref, DirPath }, context) => ({
      entries: await (await bridge.files(Ref, context)).list(DirPath),
    })),
    unary(method.return, async ({ result, error }, context) => {
      const solve = await bridge.solveOf(context);
      if (error !== undefined) solve.fail(failureOf(error));
      else solve.finish(refOf(result?.result));
      return {};
    }),
    unary(method.inputs, async (_request, context) => {
      await bridge.solveOf(context);
      return {};
    }),
    unary(method.warn, async (request, context) => {
      const solve = await bridge.solveOf(context);
      solve.log.onEvent({
        type: "warning",
        warning: {
          vertex: request.digest,
          short: Buffer.from(request.short).toString("utf8"),
          detail: request.detail.map((line) => Buffer.from(line).toString("utf8")),
          url: request.url,
          location: locationOf(request),
        },
      });
      return {};
    }),
  ];
}

class Bridge {
  private readonly parts: BridgeParts;

  constructor(parts: BridgeParts) {
    this.parts = parts;
  }

  /** @throws BerthError invalidParameter, notFound */
  async solveOf({ metadata, signal }: CallContext): Promise<Solve> {
    const id = metadata[BUILD_ID];
    if (typeof id !== "string" || id === "") {
      throw new BerthError("invalidParameter", "no buildid found in context");
    }
    const solve = await this.parts.solves.find(id, signal);
    if (solve === undefined) throw new BerthError("notFound", `no such job ${id}`);
    return solve;
  }

  async solve(request: SolveRequest, context: CallContext) {
    const solve = await this.solveOf(context);
    try {
      const { Definition: definition } = request;
      if (definition !== undefined && definition.def.length > 0)
        return await this.source(solve, definition, request.Evaluate);
      return await solve.during(
        this.frontend(solve, frontendOf(request), AbortSignal.any([context.signal, solve.options.signal])),
      );
    } catch (thrown) {
      throw buildFailure(thrown);
    }
  }

  /** A build whose result is complete when this resolves. */
  async solved(id: string, context: CallContext): Promise<SolvedRequest> {
    const solve = await this.solveOf(context);
    try {
      return await solve.ref(id).solved();
    } catch (thrown) {
      throw buildFailure(thrown);
    }
  }

  async files(id: string, context: CallContext): Promise<FilesOfResult> {
    const { log, options } = await this.solveOf(context);
    const { session, signal } = options;
    const parts = { engine: this.parts.engine, session, log, signal: AbortSignal.any([signal, context.signal]) };
    return new FilesOfResult(parts, await this.solved(id, context));
  }

  /** A definition of one source, which clients inspect before they request a build of it. */
  private async source(solve: Solve, definition: Definition, evaluates: boolean) {
    const request = sourceRequest(definition, solve);
    const id = solve.keep(async () => ({
      request,
      result: await this.parts.engine.solve(request, solve.log, solve.options.signal),
    }));
    if (evaluates) await solve.ref(id).solved();
    return { result: { result: { case: "ref", value: { id, def: definition } } } } as const;
  }

  private async frontend(solve: Solve, request: FrontendRequest, signal: AbortSignal) {
    if (request.frontend === "") return { result: { result: { case: "ref", value: {} } } } as const;
    const { engine } = this.parts;
    const solveRequest = solveRequestOf(request, solve);
    const subrequest = subrequestOf(request.attributes.requestid ?? "");
    if (subrequest !== undefined) {
      const { metadata } = await engine.describe(solveRequest, subrequest, signal);
      return { result: { result: { case: "ref", value: {} }, metadata: bytesOf(metadata) } } as const;
    }
    const result = await engine.solve(solveRequest, solve.log, signal);
    const id = solve.keep(async () => ({ request: solveRequest, result }));
    const metadata = bytesOf({ "containerimage.config": JSON.stringify(result.config) });
    return {
      result: { result: { case: "ref", value: { id, def: definitionOfResult(result.id) } }, metadata },
    } as const;
  }
}

function frontendOf({ Frontend, FrontendOpt, FrontendInputs }: SolveRequest): FrontendRequest {
  return { frontend: Frontend, attributes: FrontendOpt, inputs: FrontendInputs };
}

/** An unknown request must fail: a client that asked for a check would take an ordinary build for "no warnings". */
function subrequestOf(id: string): Subrequest | undefined {
  switch (id) {
    case "":
      return undefined;
    case "frontend.lint":
      return { type: "lint" };
    case "frontend.outline":
      return { type: "outline" };
    case "frontend.targets":
      return { type: "targets" };
    default:
      throw new BerthError("notImplemented", `unsupported request ${id}`);
  }
}

function locationOf({ info, ranges }: WarnRequest): SourceLocation | undefined {
  if (info === undefined) return undefined;
  const position = (at: Position | undefined) => ({ line: at?.line ?? 0, character: at?.character ?? 0 });
  return {
    filename: info.filename,
    content: Buffer.from(info.data).toString("utf8"),
    ranges: ranges.map(({ start, end }) => ({ start: position(start), end: position(end) })),
  };
}

function bytesOf(metadata: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, new TextEncoder().encode(value)]));
}

/** The id of the returned result; "" for none. @throws BerthError notImplemented for several */
function refOf(result: Result["result"] | undefined): string {
  switch (result?.case) {
    case undefined:
      return "";
    case "ref":
      return result.value.id;
    case "refDeprecated":
      return result.value;
    default:
      throw new BerthError("notImplemented", "results of several platforms are not supported by this engine");
  }
}
