// A failed build as the status of a call: BuildKit's clients find the lines of the Dockerfile in its details.
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

/** Details are JSON, as Go's encoder writes protobuf's structs. */
const detail = (type: string, value: unknown): Detail => ({
  typeUrl: `${TYPE_PREFIX}${type}+json`,
  value: Buffer.from(JSON.stringify(value)),
});

export function buildFailure(thrown: unknown): GrpcError {
  if (!(thrown instanceof BuildError)) {
    const error = grpcErrorOf(thrown);
    // What a Dockerfile asks for is nothing that the client got wrong: BuildKit answers Unknown, and its clients show
    // other codes before the message.
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
  return { info: { ...info, data: info.data.toString("base64") }, ranges };
}
