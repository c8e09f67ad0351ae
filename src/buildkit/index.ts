// What the server sees of this room.
import { join } from "node:path";
import { isKind } from "../api/errors.ts";
import type { Builds, Engine } from "../engine/index.ts";
import { BuildKit } from "./buildkit.ts";
import type { CachePruneRequest } from "./control/cache-calls.ts";

export { readOpening } from "./session/sessions.ts";

export function openBuildKit(engine: Engine): BuildKit {
  const { builds, config, log, system } = engine;
  return new BuildKit({
    engine: builds,
    cache: { records: () => builds.cacheRecords(), prune: (request) => pruneCache(builds, request) },
    historyDirectory: join(config.dataRoot, "build-history"),
    worker: () => ({ id: system.info().ID, hostGateway: hostGateway(engine) }),
    log,
  });
}

async function pruneCache(builds: Builds, { ids }: CachePruneRequest): Promise<string[]> {
  if (ids.length === 0) return [];
  const { CachesDeleted } = await builds.pruner().prune(new Map([["id", ids]]));
  return CachesDeleted ?? [];
}

/** The address at which containers reach the host: the configured one, or the default bridge's own. */
function hostGateway({ config, networks }: Engine): string | undefined {
  const [configured] = config.hostGatewayIps;
  if (configured !== undefined) return configured;
  try {
    const { Config } = networks.inspect("bridge").IPAM;
    return Config?.find(({ Gateway = "" }) => Gateway !== "")?.Gateway;
  } catch (thrown) {
    // A daemon may run without the default bridge.
    if (isKind(thrown, "notFound")) return undefined;
    throw thrown;
  }
}
