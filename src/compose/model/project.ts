// A project: the typed result of its files, with the services selected by profiles and the command line.
import { matchesGlob } from "node:path";
import { ComposeError } from "./compose-error.ts";
import type { Build } from "./schema/build.ts";
import {
  type ConfigAttributes,
  type NetworkAttributes,
  type ProjectAttributes,
  projectFile,
  type SecretAttributes,
  type VolumeAttributes,
} from "./schema/project.ts";
import type { ReadOptions } from "./schema/schema.ts";
import type { Dependency, ServiceAttributes } from "./schema/service.ts";
import { type Mapping, mapping, mappingAt, sortedKeys, textAt, type Value } from "./value.ts";

export interface Service extends ServiceAttributes {
  readonly name: string;
}

/** A secret with its value from the environment. */
export interface Secret extends SecretAttributes {
  readonly value: string | undefined;
}

export interface Project {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly files: readonly string[];
  /** Files from --env-file. */
  readonly environmentFiles: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly profiles: readonly string[];
  readonly services: ReadonlyMap<string, Service>;
  /** Services without an active profile. */
  readonly disabled: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, NetworkAttributes>;
  readonly volumes: ReadonlyMap<string, VolumeAttributes>;
  readonly configs: ReadonlyMap<string, ConfigAttributes>;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly attributes: ProjectAttributes;
  /** Top-level attributes that begin with "x-". */
  readonly extensions: Mapping;
}

export interface ProjectSetting {
  name: string;
  directory: string;
  files: readonly string[];
  environmentFiles: readonly string[];
  environment: ReadonlyMap<string, string>;
  profiles: readonly string[];
}

function mapOf<T>(entries: Readonly<Record<string, T>> | undefined): ReadonlyMap<string, T> {
  return new Map(Object.entries(entries ?? {}));
}

/** Where the model keeps the value of a secret; never printed. */
export const SECRET_VALUE = "x-#value";

/** @throws ComposeError for invalid values */
export function readProject(model: Mapping, setting: ProjectSetting, options: ReadOptions): Project {
  const attributes = projectFile.read(model, [], options);
  const services = Object.entries(attributes.services ?? {}).map(([name, service]): [string, Service] => [
    name,
    { name, ...service },
  ]);
  const secrets = Object.entries(attributes.secrets ?? {}).map(([name, secret]): [string, Secret] => {
    const value = textAt(mappingAt(mappingAt(model, "secrets"), name), SECRET_VALUE);
    return [name, { ...secret, value }];
  });
  const extensions = Object.entries(model).filter(([name]) => name.startsWith("x-"));
  const whole: Project = {
    ...setting,
    extensions: mapping(extensions.map(([name, value]): [string, Value] => [name, sortedKeys(value)])),
    services: new Map(services),
    disabled: new Map(),
    networks: mapOf(attributes.networks),
    volumes: mapOf(attributes.volumes),
    configs: mapOf(attributes.configs),
    secrets: new Map(secrets),
    attributes,
  };
  return withProfiles(whole, setting.profiles);
}

/** Every service, active or not, by name. */
export function allServices({ services, disabled }: Project): Map<string, Service> {
  return new Map([...services, ...disabled].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isActive({ profiles = [] }: Service, active: readonly string[]): boolean {
  return profiles.length === 0 || active.some((profile) => profile === "*" || profiles.includes(profile));
}

export function withProfiles(project: Project, profiles: readonly string[]): Project {
  const all = [...allServices(project)];
  return {
    ...project,
    profiles,
    services: new Map(all.filter(([, service]) => isActive(service, profiles))),
    disabled: new Map(all.filter(([, service]) => !isActive(service, profiles))),
  };
}

/** Enables the named services and their profiles. */
export function withEnabled(project: Project, names: readonly string[]): Project {
  if (names.length === 0) return project;
  const wanted = names.filter((name) => !project.services.has(name));
  const profiles = wanted.flatMap((name) => project.disabled.get(name)?.profiles ?? []);
  return withProfiles(project, [...project.profiles, ...profiles]);
}

export type Selection = "dependencies" | "dependents" | "none";

/** The services that depend on the named one. */
export function dependentsOf(project: Project, name: string): Map<string, Dependency> {
  const found = new Map<string, Dependency>();
  for (const service of project.services.values()) {
    const dependency = service.depends_on?.[name];
    if (dependency) found.set(service.name, dependency);
  }
  return found;
}

/** Services by name or pattern, with their dependencies or dependants. */
export function selectedNames(project: Project, names: readonly string[], selection: Selection): Set<string> {
  const selected = new Set<string>();
  const visit = (pattern: string, isRequired: boolean): void => {
    const matching = [...project.services.keys()].filter((name) => name === pattern || matchesGlob(name, pattern));
    if (matching.length === 0 && isRequired) throw new ComposeError(`no such service: ${pattern}`);
    for (const name of matching) {
      if (selected.has(name)) continue;
      selected.add(name);
      if (selection === "dependents")
        for (const dependent of dependentsOf(project, name).keys()) visit(dependent, true);
      if (selection !== "dependencies") continue;
      for (const [dependency, { required }] of Object.entries(project.services.get(name)?.depends_on ?? {})) {
        visit(dependency, required !== false);
      }
    }
  };
  for (const name of names) visit(name, true);
  return selected;
}

/** @throws ComposeError for an unknown service */
export function withSelected(
  project: Project,
  names: readonly string[],
  selection: Selection = "dependencies",
): Project {
  if (names.length === 0) return project;
  const selected = selectedNames(project, names, selection);
  const services = new Map<string, Service>();
  const disabled = new Map(project.disabled);
  for (const [name, service] of project.services) {
    if (!selected.has(name)) {
      disabled.set(name, service);
      continue;
    }
    const kept = Object.entries(service.depends_on ?? {}).filter(([dependency]) => selected.has(dependency));
    services.set(
      name,
      service.depends_on === undefined ? service : { ...service, depends_on: Object.fromEntries(kept) },
    );
  }
  return { ...project, services, disabled };
}

function only<T>(resources: ReadonlyMap<string, T>, used: ReadonlySet<string>): Map<string, T> {
  return new Map([...resources].filter(([name]) => used.has(name)));
}

const sources = (references: readonly { readonly source?: string }[] | undefined): string[] =>
  (references ?? []).flatMap(({ source }) => source ?? []);

function buildSecrets(build: Build | undefined): string[] {
  return sources(build?.secrets);
}

/** Without networks, volumes, configs and secrets that no active service uses. */
export function withoutUnused(project: Project): Project {
  const services = [...project.services.values()];
  const networks = services.flatMap((service) => Object.keys(service.networks ?? {}));
  const volumes = services.flatMap((service) =>
    (service.volumes ?? []).flatMap(({ type, source }) => (type === "volume" && source ? [source] : [])),
  );
  const secrets = services.flatMap((service) => [...sources(service.secrets), ...buildSecrets(service.build)]);
  const configs = services.flatMap((service) => sources(service.configs));
  const models = new Set(services.flatMap((service) => Object.keys(service.models ?? {})));
  const { models: declared } = project.attributes;
  return {
    ...project,
    attributes: { ...project.attributes, models: declared && Object.fromEntries(only(mapOf(declared), models)) },
    networks: only(project.networks, new Set(networks)),
    volumes: only(project.volumes, new Set(volumes)),
    secrets: only(project.secrets, new Set(secrets)),
    configs: only(project.configs, new Set(configs)),
  };
}

/** The container count of a service. */
export function scaleOf({ scale, deploy }: Service): number {
  return scale ?? deploy?.replicas ?? 1;
}

/** The image of a service; without `image` it is named after project and service. */
export function imageOf({ image, name }: Service, project: Pick<Project, "name">, separator = "-"): string {
  return image || `${project.name}${separator}${name}`;
}

/** All images of a service: its own, those it mounts, and those of its pre-start hooks. */
export function imagesOf(service: Service, project: Project): string[] {
  const mounted = (service.volumes ?? []).flatMap(({ type, source }) => (type === "image" && source ? [source] : []));
  const hooks = (service.pre_start ?? []).flatMap(({ image }) => image ?? []);
  return [...new Set([imageOf(service, project), ...mounted, ...hooks])];
}

/** Names of all direct and transitive dependencies of a service. */
export function dependenciesOf(project: Project, name: string): Set<string> {
  const found = selectedNames(project, [name], "dependencies");
  found.delete(name);
  return found;
}
