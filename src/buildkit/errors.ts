// Converts a failed build to a gRPC status: BuildKit's clients find the Dockerfile excerpt in its details.
import { messageOf } from "../api/errors.ts";
import { BuildError } from "../engine/build/solve-request.ts";
import { StatusSchema } from "../grpc/proto/google/status_pb.ts";
import { encode } from "../grpc/service.ts";
import { GrpcError, grpcErrorOf, statusCodes } from "../grpc/status.ts";
import { sourceOf } from "./control/status-log.ts";

const TYPE_PREFIX = "github.com/moby/buildkit/";

interface Detail {
  typeUrl: string;
  value: Uint8Array;
}

/** Details are JSON, encoded as Go encodes protobuf structs. */
const detail = (type: string, value: unknown): Detail => ({
  typeUrl: `${TYPE_PREFIX}${type}+json`,
  value: Buffer.from(JSON.stringify(value)),
});

export function buildFailure(thrown: unknown): GrpcError {
  if (!(thrown instanceof BuildError)) {
    const error = grpcErrorOf(thrown);
    // Errors in a Dockerfile have the code Unknown, as in BuildKit: clients show any other code in front of the
    // message.
    return error === thrown ? error : new GrpcError(statusCodes.unknown, messageOf(thrown), undefined, thrown);
  }
  const details: Detail[] = [];
  if (thrown.vertex !== undefined) details.push(detail("errdefs.Vertex", { digest: thrown.vertex }));
  if (thrown.location !== undefined) details.push(detail("errdefs.Source", sourceJson(thrown.location)));
  if (thrown.exitCode !== undefined) details.push(detail("gatewayapi.ExitMessage", { Code: thrown.exitCode }));
  const status = { code: statusCodes.unknown, message: thrown.message, details };
  return new GrpcError(statusCodes.unknown, thrown.message, encode(StatusSchema, status), thrown);
}

function sourceJson(location: Parameters<typeof sourceOf>[0]): unknown {
  const { info, ranges } = sourceOf(location);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const definition = { ...info.definition, def: info.definition.def.map(base64) };
  return { info: { ...info, data: base64(info.data), definition }, ranges };
}
