// What the server sees of this room.
import { isKind } from "../api/errors.ts";
import type { Engine } from "../engine/engine.ts";
import { BuildKit } from "./buildkit.ts";
import { classicEngine } from "./classic-engine.ts";

export { readOpening } from "./session/sessions.ts";

export function openBuildKit(engine: Engine): BuildKit {
  const { log, system } = engine;
  return new BuildKit({
    engine: classicEngine(engine),
    worker: () => ({ id: system.info().ID, hostGateway: hostGateway(engine) }),
    log,
  });
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
