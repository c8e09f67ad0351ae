// The public interface of this folder for the server.
import { join } from "node:path";
import { isKind } from "../api/errors.ts";
import type { Engine } from "../engine/index.ts";
import { BuildKit } from "./buildkit.ts";

export { readOpening } from "./session/sessions.ts";

export function openBuildKit(engine: Engine): BuildKit {
  const { builds, config, log, system } = engine;
  return new BuildKit({
    engine: builds,
    cache: {
      records: () => builds.cacheRecords(),
      prune: (request) => builds.cache.prune(request).then((removed) => removed.map(({ id }) => id)),
    },
    historyDirectory: join(config.dataRoot, "build-history"),
    worker: () => ({ id: system.id, hostGateway: hostGateway(engine) }),
    log,
  });
}

/** The address at which containers reach the host: the configured one, or that of the default bridge. */
function hostGateway({ config, networks }: Engine): string | undefined {
  const [configured] = config.hostGatewayIps;
  if (configured !== undefined) return configured;
  try {
    const { pools } = networks.inspect("bridge").record.ipam;
    return pools.find(({ gateway = "" }) => gateway !== "")?.gateway;
  } catch (thrown) {
    // A daemon may run without the default bridge.
    if (isKind(thrown, "notFound")) return undefined;
    throw thrown;
  }
}
