// All routes of the API, a file per resource.
import type { Engine } from "../../engine/index.ts";
import type { Route } from "../exchange.ts";
import { absentFeatureRoutes } from "./absent-features.ts";
import { archiveRoutes } from "./archive.ts";
import { attachRoutes } from "./attach.ts";
import { buildRoutes } from "./build.ts";
import { buildkitRoutes, type LoadBuildKit } from "./buildkit.ts";
import { commitRoutes } from "./commit.ts";
import { containerStreamRoutes } from "./container-streams.ts";
import { containerRoutes } from "./containers.ts";
import { eventRoutes } from "./events.ts";
import { imageRoutes } from "./images.ts";
import { networkRoutes } from "./networks.ts";
import { registryRoutes } from "./registries.ts";
import { runRoutes } from "./runs.ts";
import { systemRoutes } from "./system.ts";
import { volumeRoutes } from "./volumes.ts";

export function allRoutes(engine: Engine, buildkit: LoadBuildKit): Route[] {
  const routes = [
    ...systemRoutes(engine),
    ...eventRoutes(engine),
    ...imageRoutes(engine),
    ...registryRoutes(engine),
    ...commitRoutes(engine),
    ...buildRoutes(engine, buildkit),
    ...buildkitRoutes(buildkit),
    ...containerRoutes(engine),
    ...attachRoutes(engine),
    ...runRoutes(engine),
    ...containerStreamRoutes(engine),
    ...archiveRoutes(engine),
    ...networkRoutes(engine),
    ...volumeRoutes(engine),
    ...absentFeatureRoutes(),
  ];
  return routes.map((route) =>
    /^(\/berth)?\/containers\/\{id/.test(route.pattern) ? afterRestore(engine, route) : route,
  );
}

/** After a restart of the daemon, a request about one container waits until that one is restored. */
function afterRestore({ containers }: Engine, route: Route): Route {
  return {
    ...route,
    handler: async (exchange) => {
      await containers.restored(exchange.params.id ?? "");
      return route.handler(exchange);
    },
  };
}
