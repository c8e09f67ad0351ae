// Creates a container on any engine: before Docker 25, create accepts one network; the others are connected afterwards.

import { isOlderVersion } from "../../client/connection.ts";
import type { CreateContainerAnswer, CreateContainerRequest } from "../../client/index.ts";
import type { Engine } from "./engine.ts";

/** The first API version whose create accepts all networks and their MAC addresses. */
const ALL_NETWORKS = "1.44";

/** @throws ApiError; the container is removed then */
export async function createContainer(
  engine: Pick<Engine, "containers" | "networks" | "connection">,
  request: CreateContainerRequest,
  options: { name?: string | undefined; platform?: string | undefined } = {},
): Promise<CreateContainerAnswer> {
  const endpoints = Object.entries(request.NetworkingConfig?.EndpointsConfig ?? {});
  if (endpoints.length === 0 || !isOlderVersion(await engine.connection.negotiate(), ALL_NETWORKS)) {
    return engine.containers.create(request, options);
  }
  const main = request.HostConfig?.NetworkMode;
  const { MacAddress, ...endpoint } = endpoints.find(([name]) => name === main)?.[1] ?? {};
  const answer = await engine.containers.create(
    {
      ...request,
      MacAddress,
      NetworkingConfig: main === undefined ? undefined : { EndpointsConfig: { [main]: endpoint } },
    },
    options,
  );
  try {
    for (const [name, config] of endpoints) {
      if (name !== main)
        await engine.networks.connect(name, { Container: answer.Id, EndpointConfig: config ?? undefined });
    }
  } catch (thrown) {
    await engine.containers.remove(answer.Id, { force: true });
    throw thrown;
  }
  return answer;
}
