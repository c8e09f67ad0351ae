// References from a service to others (`network_mode: service:db`, `volumes_from`, `links`), resolved to containers.
import { ComposeError } from "../model/compose-error.ts";
import type { Project, Service } from "../model/project.ts";
import { containerName, type Separator } from "./container-names.ts";

/** The containers of each service, in order. */
export type ContainersOf = (service: string) => readonly { id: string; name: string }[];

function resolved(mode: string | undefined, namespace: string, containersOf: ContainersOf): string | undefined {
  if (!mode?.startsWith("service:")) return mode;
  const name = mode.slice("service:".length);
  const [first] = containersOf(name);
  if (!first) throw new ComposeError(`cannot share ${namespace} namespace with service ${name}: container missing`);
  return `container:${first.id}`;
}

/** The service with references replaced by containers. @throws ComposeError when a service has no container */
export function withReferences(service: Service, containersOf: ContainersOf): Service {
  const { network_mode, ipc, pid, volumes_from: from } = service;
  const changed: Service = { ...service };
  const modes = {
    network_mode: resolved(network_mode, "network", containersOf),
    ipc: resolved(ipc, "IPC", containersOf),
    pid: resolved(pid, "PID", containersOf),
  };
  const given = Object.fromEntries(Object.entries(modes).filter(([, mode]) => mode !== undefined));
  if (!from) return { ...changed, ...given };
  const sources = from.map((entry) => {
    if (entry.startsWith("container:")) return entry.slice("container:".length);
    const [source = "", ...mode] = entry.split(":");
    const [first] = containersOf(source);
    if (!first) throw new ComposeError(`cannot share volume with service ${source}: container missing`);
    return [first.id, ...mode].join(":");
  });
  return { ...changed, ...given, volumes_from: sources };
}

/** Services to recreate when the named one is recreated. */
export function sharesWith(service: Service, name: string): boolean {
  const { network_mode, ipc, pid, volumes_from: from = [] } = service;
  return [network_mode, ipc, pid].includes(`service:${name}`) || from.some((entry) => entry.split(":", 1)[0] === name);
}

/** "container:alias" entries of `links` and `external_links`. */
export function linksOf(
  project: Project,
  service: Service,
  number: number | undefined,
  separator: Separator,
  containersOf: ContainersOf,
): string[] {
  const links = (service.links ?? []).flatMap((link) => {
    const [target = "", alias = target] = link.split(":");
    return containersOf(target).flatMap(({ name }) => [
      `${name}:${alias}`,
      `${name}:${target}${separator}${number ?? 1}`,
      `${name}:${containerName(project, { name: target }, number ?? 1, separator)}`,
    ]);
  });
  const external = (service.external_links ?? []).map((link) => {
    const [target = "", alias = target] = link.split(":");
    return `${target}:${alias}`;
  });
  return [...new Set([...links, ...external])];
}
