// Requests of the Docker API about containers, as schemas, which the server validates with.
import * as v from "valibot";
import { containerConfigSchema } from "./container-config.ts";
import { endpointRequestSchema, portMapSchema } from "./container-networks.ts";
import { texts } from "./fields.ts";
import { hostConfigSchema, resourcesSchema, restartPolicySchema } from "./host-configuration.ts";

export const createContainerSchema = v.object({
  ...containerConfigSchema.entries,
  HostConfig: v.optional(hostConfigSchema),
  NetworkingConfig: v.optional(
    v.object({ EndpointsConfig: v.optional(v.record(v.string(), v.optional(endpointRequestSchema))) }),
  ),
});
export type CreateContainerRequest = v.InferOutput<typeof createContainerSchema>;

export const updateContainerSchema = v.object({
  ...resourcesSchema.entries,
  RestartPolicy: v.optional(restartPolicySchema),
  /** Berth extension: ports to publish, also while the container runs. */
  PublishAdd: v.optional(portMapSchema),
  /** Berth extension: the container's ports ("80/tcp") to unpublish. */
  PublishRemove: texts,
});
export type UpdateContainerRequest = v.InferOutput<typeof updateContainerSchema>;
