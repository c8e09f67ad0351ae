// `compose build --print`: the builds of a project as a file for `docker buildx bake`.
import { allServices, imageOf, type Project, type Service } from "../../../compose/model/project.ts";
import { COMPOSE_VERSION, label } from "../../../compose/project/labels.ts";
import type { BuildSettings } from "./image-maker.ts";

const SERVICE = "service:";

/** Name of a service's target; bake allows no dots. */
const targetName = (service: string): string => service.replaceAll(".", "_");

/** Escapes what bake would take for a variable. */
const literal = (text: string): string => text.replaceAll("${", "$${");

const present = <T>(list: readonly T[] | undefined): readonly T[] | undefined => (list?.length ? list : undefined);

function mapped<V>(
  values: Readonly<Record<string, V>>,
  change: (value: V) => string,
): Record<string, string> | undefined {
  const entries = Object.entries(values).map(([name, value]) => [name, change(value)] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function targetOf(project: Project, service: Service, settings: BuildSettings): Readonly<Record<string, unknown>> {
  const { build = {}, image } = service;
  const { context = "", args = {}, additional_contexts: contexts = {}, ulimits = {}, platforms = [] } = build;
  const given = settings.arguments.map((argument) => {
    const [name = "", ...value] = argument.split("=");
    return [name, value.join("=")] as const;
  });
  const push = settings.push && image !== undefined;
  const output = platforms.length > 1 ? `type=image,push=${push}` : push ? "type=registry" : "type=docker";
  return {
    context,
    contexts: mapped(contexts, (value) =>
      value.startsWith(SERVICE) ? `target:${targetName(value.slice(SERVICE.length))}` : value,
    ),
    dockerfile: build.dockerfile,
    "dockerfile-inline": build.dockerfile_inline && literal(build.dockerfile_inline),
    args: mapped({ ...args, ...Object.fromEntries(given) }, (value) => literal(value ?? "")),
    labels: mapped(
      {
        ...build.labels,
        [label.project]: project.name,
        [label.service]: service.name,
        [label.version]: COMPOSE_VERSION,
      },
      String,
    ),
    tags: [...(build.tags ?? []), imageOf(service, project)],
    "cache-from": present(build.cache_from),
    "cache-to": present(build.cache_to),
    target: build.target || undefined,
    secret: present(
      build.secrets?.map(({ source = "", target }) => {
        const secret = project.secrets.get(source);
        const from = secret?.environment ? `type=env,env=${secret.environment}` : `type=file,src=${secret?.file ?? ""}`;
        return `id=${target ?? source},${from}`;
      }),
    ),
    ssh: present([...(build.ssh ?? []), ...(settings.ssh === "" ? [] : [settings.ssh])]),
    platforms: present(platforms),
    pull: build.pull || settings.pull || undefined,
    "no-cache": build.no_cache || settings.noCache || undefined,
    network: build.network || undefined,
    "shm-size": build.shm_size,
    ulimits: present(
      Object.entries(ulimits).map(
        ([name, limit]) => `${name}=${typeof limit === "number" ? limit : `${limit.soft}:${limit.hard}`}`,
      ),
    ),
    call: settings.check ? "lint" : undefined,
    entitlements: present([...(build.entitlements ?? []), ...(build.privileged ? ["security.insecure"] : [])]),
    "extra-hosts": mapped(
      Object.fromEntries((build.extra_hosts ?? []).map((host) => host.split(/=(.*)/s))),
      (address: string | undefined) => address ?? "",
    ),
    output: settings.check ? undefined : [output],
  };
}

/** @param selected the services to build; the file also has the targets that they may refer to */
export function bakeFile(project: Project, selected: readonly Service[], settings: BuildSettings): string {
  const all = [...allServices(project).values()].filter(({ build }) => build);
  const targets = all
    .map((service) => [targetName(service.name), targetOf(project, service, settings)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const file = {
    group: { default: { targets: selected.map(({ name }) => targetName(name)).sort() } },
    target: Object.fromEntries(targets),
  };
  return JSON.stringify(file, undefined, 2);
}
