// Converts a definition of a single source to a build whose result has exactly the source's files.
import type { SolveRequest } from "../../engine/build/solve-request.ts";
import type { Definition } from "../../grpc/proto/buildkit/ops_pb.ts";
import type { Solve } from "../control/solve.ts";
import { singleSource, sourceOfDefinition } from "./definitions.ts";
import { solveRequestOf } from "./request.ts";

const NAME = "source";

/** @throws BerthError notImplemented for other definitions */
export function sourceRequest(definition: Definition, solve: Solve): SolveRequest {
  return {
    ...solveRequestOf({ frontend: "dockerfile.v0", attributes: {}, inputs: {} }, solve),
    context: { type: "empty" },
    dockerfile: { type: "inline", content: `FROM scratch\n${instruction(definition)}\n` },
    namedContexts: { [NAME]: sourceOfDefinition(definition) },
  };
}

/** A URL's content is a single file unless the request asks to unpack it. */
function instruction(definition: Definition): string {
  const single = singleSource(definition);
  if (single === undefined) return "";
  const { source, isUnpacked } = single;
  if (isUnpacked || !/^https?:/.test(source.identifier)) return `COPY --from=${NAME} / /`;
  const name = source.attrs["http.filename"] ?? "context";
  return `ADD ${JSON.stringify([source.identifier, `/${name}`]).replaceAll("$", "\\\\$")}`;
}
