// Adds what a Compose file implies: the default network, dependencies from links and shared namespaces, resource names.
import {
  isMapping,
  type Mapping,
  mapEntries,
  mapping,
  mappingAt,
  scalarText,
  textAt,
  type Value,
  withEntries,
} from "./value.ts";
import { cleanPath } from "./volume-syntax.ts";

const SERVICE = "service:";

function dependency(restart: boolean): Mapping {
  return mapping([
    ["condition", "service_started"],
    ["restart", restart],
    ["required", true],
  ]);
}

const listAt = (parent: Mapping, key: string): Value[] => {
  const value = parent[key];
  return Array.isArray(value) ? value : [];
};

/** Implicit dependencies of a service, which are not in `depends_on`. */
function impliedDependencies(service: Mapping): [string, Mapping][] {
  const links = listAt(service, "links").map((link): [string, Mapping] => [
    scalarText(link).split(":", 1)[0] ?? "",
    dependency(true),
  ]);
  const shared = ["network_mode", "ipc", "pid", "uts", "cgroup"].flatMap((key): [string, Mapping][] => {
    const mode = textAt(service, key);
    return mode?.startsWith(SERVICE) ? [[mode.slice(SERVICE.length), dependency(true)]] : [];
  });
  const volumes = listAt(service, "volumes_from")
    .map(scalarText)
    .filter((source) => !source.startsWith("container:"))
    .map((source): [string, Mapping] => [source.split(":", 1)[0] ?? "", dependency(false)]);
  return [...links, ...shared, ...volumes];
}

function withImpliedDependencies(service: Mapping): Mapping {
  const implied = impliedDependencies(service).reverse();
  const dependencies = mapping([...implied, ...Object.entries(mappingAt(service, "depends_on"))]);
  return Object.keys(dependencies).length === 0 ? service : withEntries(service, { depends_on: dependencies });
}

function normalBuild(service: Mapping, environment: ReadonlyMap<string, string>): Value | undefined {
  const { build } = service;
  if (!isMapping(build)) return build;
  const hasDockerfile = build.dockerfile !== undefined || build.dockerfile_inline !== undefined;
  return withEntries(build, {
    context: build.context ?? ".",
    dockerfile: hasDockerfile ? build.dockerfile : "Dockerfile",
    args: build.args === undefined ? undefined : withValues(build.args, environment, false),
  });
}

/** Variables without a value take that of the environment. */
function withValues(variables: Value, environment: ReadonlyMap<string, string>, keepUnset: boolean): Value {
  if (Array.isArray(variables)) {
    return variables.flatMap((entry): Value[] => {
      const written = scalarText(entry);
      const value = environment.get(written);
      if (written.includes("=")) return [written];
      if (value !== undefined) return [`${written}=${value}`];
      return keepUnset ? [written] : [];
    });
  }
  if (!isMapping(variables)) return variables;
  const entries = Object.entries(variables).flatMap(([key, value]): [string, Value][] => {
    const found = value ?? environment.get(key) ?? null;
    return found === null && !keepUnset ? [] : [[key, found]];
  });
  return mapping(entries);
}

function normalVolumes(service: Mapping): Value | undefined {
  const { volumes } = service;
  if (!Array.isArray(volumes)) return volumes;
  return volumes.map((volume) =>
    isMapping(volume) && typeof volume.target === "string"
      ? withEntries(volume, { target: cleanPath(volume.target) })
      : volume,
  );
}

/** Pre-start hooks use the image of the service unless they name another one. */
function normalHooks(service: Mapping): Value | undefined {
  const { pre_start: hooks, image } = service;
  if (!Array.isArray(hooks) || typeof image !== "string") return hooks;
  return hooks.map((hook) => (isMapping(hook) ? withEntries(hook, { image: hook.image ?? image }) : hook));
}

function normalService(service: Mapping, environment: ReadonlyMap<string, string>): Mapping {
  const { environment: variables } = service;
  const changed = withEntries(service, {
    pull_policy: service.pull_policy === "if_not_present" ? "missing" : service.pull_policy,
    build: normalBuild(service, environment),
    environment: variables === undefined ? undefined : withValues(variables, environment, true),
    volumes: normalVolumes(service),
    pre_start: normalHooks(service),
  });
  return withImpliedDependencies(changed);
}

function withNetworks(service: Mapping): Mapping {
  if (service.provider !== undefined || service.network_mode !== undefined) return service;
  const { networks } = service;
  if (isMapping(networks) && Object.keys(networks).length > 0) return service;
  return withEntries(service, { networks: mapping([["default", null]]) });
}

/** A resource without a name is named after its key, with the project's name as prefix unless it is external. */
function namedResources(resources: Mapping, project: string): Mapping {
  return mapEntries(resources, (resource, key) => {
    const attributes = isMapping(resource) ? resource : mapping();
    if (attributes.name !== undefined && attributes.name !== null) return attributes;
    return withEntries(attributes, { name: attributes.external === true ? key : `${project}_${key}` });
  });
}

export function normalize(model: Mapping, project: string, environment: ReadonlyMap<string, string>): Mapping {
  const services = mapEntries(mappingAt(model, "services"), (service) =>
    isMapping(service) ? normalService(withNetworks(service), environment) : service,
  );
  const usesDefault = Object.values(services).some(
    (service) => isMapping(service) && mappingAt(service, "networks").default !== undefined,
  );
  const declared = mappingAt(model, "networks");
  const networks = usesDefault && declared.default === undefined ? withEntries(declared, { default: null }) : declared;
  const named = Object.fromEntries(
    Object.entries({ ...model, networks })
      .filter(([key]) => ["networks", "volumes", "configs", "secrets"].includes(key))
      .map(([key, resources]) => [key, isMapping(resources) ? namedResources(resources, project) : resources]),
  );
  const changes: Record<string, Value | undefined> = { ...named, name: project };
  if (model.services !== undefined) changes.services = services;
  if (Object.keys(networks).length === 0) changes.networks = undefined;
  return withEntries(model, changes);
}
