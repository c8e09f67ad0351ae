// --link, Docker's original way for containers on the default bridge to find each other. A link is stored as "ID:alias",
// so that it survives renames of the linked container and ends with its removal.

import { BerthError, isKind } from "../../api/errors.ts";
import { containerOfMode } from "../../runtime/spec/namespaces.ts";
import type { Container } from "./container.ts";
import type { ContainerNetworks } from "./dependencies.ts";

/** A linked container, and its name in the container that links to it. */
export interface Link {
  linked: Container;
  alias: string;
}

interface Finder {
  byExactId(id: string): Container | undefined;
  byExactName(name: string): Container | undefined;
  get(reference: string): Container;
}

/**
 * Replaces the names in links, "name:alias" or as `inspect` shows them "/name:/own/alias", by IDs. Of two links with one
 * alias the first is kept.
 * @throws BerthError invalidParameter for a container that does not exist or uses the host's network
 */
export function resolveLinks(links: readonly string[], get: (reference: string) => Container): string[] {
  const byAlias = new Map<string, string>();
  for (const link of links) {
    const [reference = "", asked = reference] = link.split(":");
    const name = reference.replace(/^\//, "");
    const alias = asked.slice(asked.lastIndexOf("/") + 1);
    const { id } = linkable(name, get);
    if (!byAlias.has(alias)) byAlias.set(alias, id);
  }
  return [...byAlias].map(([alias, id]) => `${id}:${alias}`);
}

/** The container whose network the named one uses. */
function linkable(name: string, get: (reference: string) => Container): Container {
  let linked: Container;
  try {
    linked = get(name);
  } catch (thrown) {
    if (!isKind(thrown, "notFound") && !isKind(thrown, "invalidParameter")) throw thrown;
    // On notFound, `run` would pull the image.
    throw new BerthError("invalidParameter", `could not get container for ${name}: ${thrown.message}`, thrown);
  }
  const { networkMode } = linked.spec.hostConfig;
  const other = containerOfMode(networkMode);
  if (other !== undefined) return linkable(other, get);
  if (networkMode === "host") {
    throw new BerthError(
      "invalidParameter",
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    );
  }
  return linked;
}

/** The links of a container to containers that still exist. */
export function linksOf({ spec }: Container, store: Finder): Link[] {
  return (spec.hostConfig.links ?? []).flatMap((link) => {
    const [id = "", alias = ""] = link.split(":");
    const linked = store.byExactId(id);
    return linked ? [{ linked, alias }] : [];
  });
}

/** The container that a link's name "own/alias" refers to, with or without leading slash; undefined for none. */
export function linkedBy(name: string, store: Finder): Container | undefined {
  const [own = "", alias, ...rest] = name.replace(/^\//, "").split("/");
  if (alias === undefined || rest.length > 0) return undefined;
  const parent = store.byExactName(own);
  return parent && linksOf(parent, store).find((link) => link.alias === alias)?.linked;
}

/** The container that "own/alias" is a link of, and its links without that one. @throws BerthError */
export function withoutLink(name: string, store: Finder): { parent: Container; links: string[] } {
  const [own = "", alias, ...rest] = name.replace(/^\//, "").split("/");
  const parent = store.get(own);
  if (alias === undefined) {
    throw new BerthError("conflict", "Conflict, cannot remove the default link name of the container");
  }
  const links = parent.spec.hostConfig.links ?? [];
  const left = links.filter((link) => link.split(":")[1] !== alias);
  if (rest.length > 0 || left.length === links.length) {
    throw new BerthError("notFound", `No such container: ${name}`);
  }
  return { parent, links: left };
}

/** As `inspect` shows them: "/name:/own/alias". */
export function shownLinks(container: Container, store: Finder): string[] | undefined {
  const shown = linksOf(container, store).map(
    ({ linked, alias }) => `/${linked.spec.name}:/${container.spec.name}/${alias}`,
  );
  return shown.length > 0 ? shown : undefined;
}

/** The names that links give to containers, "/parent/alias", by ID of the linked container. */
export function namesByLinks(containers: readonly Container[], store: Finder): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const container of containers) {
    for (const { linked, alias } of linksOf(container, store)) {
      names.set(linked.id, [...(names.get(linked.id) ?? []), `/${container.spec.name}/${alias}`].sort());
    }
  }
  return names;
}

/** The environment variables by which linked, running containers are described to the one that links to them. */
export function linkEnvironment(container: Container, store: Finder, networks: ContainerNetworks): string[] {
  const { networkMode } = container.spec.hostConfig;
  if (typeof networkMode === "string" || !("network" in networkMode) || networkMode.network !== "bridge") return [];
  return linksOf(container, store).flatMap(({ linked, alias }) => {
    const { exposedPorts, env } = linked.spec.config;
    const address =
      networks.networking(linked.id).networks.find(({ name }) => name === "bridge")?.endpoint?.ipv4.address ?? "";
    const name = alias.toUpperCase().replaceAll("-", "_");
    return [
      ...portVariables(name, address, exposedPorts),
      `${name}_NAME=/${container.spec.name}/${alias}`,
      ...environmentVariables(name, env ?? []),
    ];
  });
}

/** The variables of ports: the lowest one, ranges of three and more, and each port. */
function portVariables(name: string, address: string, exposed: readonly string[]): string[] {
  const ports = exposed
    .map((key) => key.split("/"))
    .map(([port = "", protocol = "tcp"]) => ({ port: Number(port), protocol }))
    .sort((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol));
  const [lowest] = ports;
  if (!lowest) return [];
  const url = ({ port, protocol }: typeof lowest): string => `${protocol}://${address}:${port}`;
  const prefix = ({ port, protocol }: typeof lowest): string => `${name}_PORT_${port}_${protocol.toUpperCase()}`;
  const runs = runsOf(ports).flatMap(([first, last]) => [
    `${prefix(first)}_START=${url(first)}`,
    `${prefix(first)}_PORT_START=${first.port}`,
    `${prefix(first)}_END=${url(last)}`,
    `${prefix(first)}_PORT_END=${last.port}`,
  ]);
  const single = ports.flatMap((port) => [
    `${prefix(port)}=${url(port)}`,
    `${prefix(port)}_ADDR=${address}`,
    `${prefix(port)}_PORT=${port.port}`,
    `${prefix(port)}_PROTO=${port.protocol}`,
  ]);
  return [`${name}_PORT=${url(lowest)}`, ...runs, ...single];
}

const SHORTEST_RUN = 3;

/** The first and the last port of each range of consecutive ports. */
function runsOf<T extends { port: number }>(ports: readonly T[]): [first: T, last: T][] {
  const runs: T[][] = [];
  for (const port of ports) {
    const run = runs.at(-1);
    if (run?.at(-1)?.port === port.port - 1) run.push(port);
    else runs.push([port]);
  }
  return runs.flatMap((run): [T, T][] => {
    const [first, last] = [run[0], run.at(-1)];
    return first && last && run.length >= SHORTEST_RUN ? [[first, last]] : [];
  });
}

/** HOME and PATH of the linked container mean nothing in another one. */
function environmentVariables(name: string, env: readonly string[]): string[] {
  return env
    .filter((entry) => entry.includes("=") && !/^(?:HOME|PATH)=/.test(entry))
    .map((entry) => `${name}_ENV_${entry}`);
}
