// Routes of features that this engine does not have. They answer as Docker does when the feature is off, so that clients
// that only look for it continue.
import { BerthError } from "../../api/errors.ts";
import { type Handler, json, type Route } from "../exchange.ts";

const NO_MANAGER =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

function refuse(kind: "unavailable" | "notImplemented" | "invalidParameter", message: string): Handler {
  return () => {
    throw new BerthError(kind, message);
  };
}

const noManager = refuse("unavailable", NO_MANAGER);
const noSwarm = refuse("notImplemented", "swarm mode is not part of Berth; it runs the containers of one host");
const noPlugins = refuse("notImplemented", "plugins are not part of Berth");

const unknownPlugin: Handler = ({ params }) => {
  throw new BerthError("notFound", `plugin "${params.name ?? ""}" not found`);
};

/** Objects of a swarm, each with the same routes. */
const swarmObjects = ["nodes", "services", "tasks", "secrets", "configs"] as const;

export function absentFeatureRoutes(): Route[] {
  return [...swarmRoutes(), ...pluginRoutes()];
}

function swarmRoutes(): Route[] {
  const routes: Route[] = [
    { method: "GET", pattern: "/swarm", handler: noManager },
    { method: "GET", pattern: "/swarm/unlockkey", handler: noManager },
    { method: "POST", pattern: "/swarm/update", handler: noManager },
    { method: "POST", pattern: "/swarm/init", handler: noSwarm },
    { method: "POST", pattern: "/swarm/join", handler: noSwarm },
    { method: "POST", pattern: "/swarm/leave", handler: refuse("unavailable", "This node is not part of a swarm") },
    { method: "POST", pattern: "/swarm/unlock", handler: refuse("unavailable", "This node is not part of a swarm") },
    { method: "GET", pattern: "/services/{id}/logs", handler: noManager },
    { method: "GET", pattern: "/tasks/{id}/logs", handler: noManager },
  ];
  for (const kind of swarmObjects) {
    routes.push(
      { method: "GET", pattern: `/${kind}`, handler: noManager },
      { method: "GET", pattern: `/${kind}/{id}`, handler: noManager },
    );
    if (kind === "tasks") continue;
    routes.push(
      { method: "DELETE", pattern: `/${kind}/{id}`, handler: noManager },
      { method: "POST", pattern: `/${kind}/{id}/update`, handler: noManager },
    );
    if (kind !== "nodes") routes.push({ method: "POST", pattern: `/${kind}/create`, handler: noManager });
  }
  return routes;
}

function pluginRoutes(): Route[] {
  return [
    { method: "GET", pattern: "/plugins", handler: () => json([]) },
    { method: "GET", pattern: "/plugins/privileges", handler: noPlugins },
    { method: "POST", pattern: "/plugins/pull", handler: noPlugins },
    { method: "POST", pattern: "/plugins/create", handler: noPlugins },
    { method: "GET", pattern: "/plugins/{name:*}/json", handler: unknownPlugin },
    { method: "DELETE", pattern: "/plugins/{name:*}", handler: unknownPlugin },
    ...["enable", "disable", "upgrade", "push", "set"].map(
      (verb): Route => ({ method: "POST", pattern: `/plugins/{name:*}/${verb}`, handler: unknownPlugin }),
    ),
  ];
}
