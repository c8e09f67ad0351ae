// Refuses every call: buildx keeps its docker driver, which it would give up where the upgrade fails.
import type { Log } from "../api/log.ts";
import { GrpcServer } from "./grpc/server.ts";
import { GrpcError, statusCodes } from "./grpc/status.ts";

export function refusingServer(log: Log): GrpcServer {
  return new GrpcServer(() => {
    throw new GrpcError(
      statusCodes.unimplemented,
      "this engine builds without BuildKit: set DOCKER_BUILDKIT=0, or use `berth build`",
    );
  }, log);
}
