// Converts container requests of the Docker API to the engine's.
import type { CreateContainerRequest, UpdateContainerRequest } from "../api/container-requests.ts";
import { BerthError } from "../api/errors.ts";
import { portRequests } from "../api/port-bindings.ts";
import { parseContainerPort } from "../api/port-ranges.ts";
import type { ContainerRequest, UpdateRequest } from "../engine/index.ts";
import { configurationOf } from "./container-config.ts";
import { endpointRequestsOf } from "./endpoints.ts";
import { hostRequestOf, limitsOf } from "./host-configuration.ts";
import { restartPolicyOf } from "./restart-policy.ts";

/** @throws BerthError invalidParameter in Docker's words */
export function containerRequestOf({
  HostConfig,
  NetworkingConfig,
  ...config
}: CreateContainerRequest): ContainerRequest {
  if (Object.keys(config).length === 0) {
    throw new BerthError("invalidParameter", "config cannot be empty in order to create a container");
  }
  return {
    config: configurationOf(config),
    host: hostRequestOf(HostConfig ?? {}),
    endpoints: endpointRequestsOf(NetworkingConfig?.EndpointsConfig ?? {}),
  };
}

/** @throws BerthError invalidParameter in Docker's words */
export function updateRequestOf(request: UpdateContainerRequest): UpdateRequest {
  const { RestartPolicy, PublishAdd, PublishRemove, ...limits } = request;
  const policy = RestartPolicy && restartPolicyOf(RestartPolicy);
  return {
    limits: limitsOf(limits),
    // A policy without a name changes nothing.
    restartPolicy: RestartPolicy?.Name ? policy : undefined,
    ports:
      PublishAdd || PublishRemove
        ? { add: portRequests(PublishAdd ?? {}), remove: (PublishRemove ?? []).map(parseContainerPort) }
        : undefined,
  };
}
