// `ps`: selects containers by a client's filters.
import { BerthError } from "../../../api/errors.ts";
import { MAX_PORT, type PortRange } from "../../../api/port-ranges.ts";
import type { Filters } from "../../filters.ts";
import type { ContainerNetworking } from "../../networks/container-networking.ts";
import type { Container } from "../container.ts";
import type { ContainerNetworks, ImageSource } from "../dependencies.ts";
import type { ExitWatcher } from "../lifecycle/exit-watcher.ts";
import type { HangingOperation } from "../lifecycle/runtime-calls.ts";
import { type ContainerSpec, type ContainerState, commandOf } from "../record.ts";
import { unresponsiveness } from "./inspect.ts";
import type { ContainerSizes } from "./sizes.ts";

export const containerFilters = [
  "ancestor",
  "before",
  "exited",
  "expose",
  "health",
  "id",
  "is-task",
  "isolation",
  "label",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume",
];

const statuses = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
const healths = ["none", "starting", "healthy", "unhealthy"];

export interface ListRequest {
  all: boolean;
  /** How many of the newest, in any state; 0 for no limit. */
  limit: number;
  filters: Filters;
}

/** A container in a list. */
export interface ListedContainer {
  spec: ContainerSpec;
  state: ContainerState;
  command: { path: string; args: readonly string[] };
  /** The names that it has by links: "/other/alias". */
  linkNames: readonly string[];
  /** The reference as typed, or the image's ID if the reference now names another image. */
  image: string;
  unresponsive: HangingOperation | undefined;
  sizes: ContainerSizes | undefined;
  networking: ContainerNetworking;
}

/** What the filters look at. */
export interface SelectionParts {
  images: Pick<ImageSource, "find" | "descendants">;
  networks: Pick<ContainerNetworks, "networking">;
  store: { get(reference: string): Container };
}

export interface ListParts extends SelectionParts {
  exits: ExitWatcher;
}

/** Newest first. @throws BerthError invalidParameter for an invalid filter value */
export function selectContainers(
  containers: readonly Container[],
  request: ListRequest,
  host: SelectionParts,
): Container[] {
  const { filters, limit } = request;
  checkValues(filters);
  const everyState = request.all || limit > 0 || filters.has("status");
  const matches = matcher(containers, filters, host);
  const newestFirst = [...containers].reverse();
  const selected = newestFirst.filter(
    (container) =>
      (everyState || container.isRunning || container.state.life.status === "restarting") && matches(container),
  );
  return limit > 0 ? selected.slice(0, limit) : selected;
}

function checkValues(filters: Filters): void {
  filters.flag("is-task");
  const wrongStatus = filters.values("status").find((value) => !statuses.includes(value));
  if (wrongStatus !== undefined) throw new BerthError("invalidParameter", `invalid filter 'status=${wrongStatus}'`);
  const wrongHealth = filters.values("health").find((value) => !healths.includes(value));
  if (wrongHealth !== undefined) {
    throw new BerthError("invalidParameter", `Unrecognised filter value for health: ${wrongHealth}`);
  }
  filters.flag("is-task");
  const wrongCode = filters.values("exited").find((value) => !/^-?\d+$/.test(value));
  if (wrongCode !== undefined) {
    throw new BerthError("invalidParameter", `strconv.Atoi: parsing "${wrongCode}": invalid syntax`);
  }
  for (const key of ["publish", "expose"] as const) {
    const wrong = filters.values(key).find((value) => portRange(value) === undefined);
    if (wrong !== undefined) {
      throw new BerthError("invalidParameter", `error while looking up for ${key} ${wrong}: invalid port or range`);
    }
  }
}

function matcher(
  containers: readonly Container[],
  filters: Filters,
  host: SelectionParts,
): (container: Container) => boolean {
  const ancestors = new Set(filters.values("ancestor").flatMap((name) => host.images.descendants(name)));
  const position = new Map(containers.map((container, index) => [container.id, index]));
  const edges = (key: string): number[] => filters.values(key).map((name) => position.get(edgeOf(name, host).id) ?? 0);
  const before = Math.min(...edges("before"), containers.length);
  const after = Math.max(...edges("since"), -1);
  const volumes = filters.values("volume");
  const networks = filters.values("network");
  return (container) => {
    const { spec, state } = container;
    const index = position.get(spec.id) ?? 0;
    if (index >= before || index <= after) return false;
    if (!filters.pattern("id", spec.id)) return false;
    if (!filters.pattern("name", spec.name, `/${spec.name}`)) return false;
    if (!filters.exact("status", state.life.status)) return false;
    if (!filters.exact("health", state.health?.status ?? "none")) return false;
    if (!filters.labels("label", spec.config.labels)) return false;
    if (filters.has("exited") && !(state.life.status === "exited" && filters.exact("exited", String(state.exitCode)))) {
      return false;
    }
    if (filters.flag("is-task") === true) return false;
    if (filters.has("ancestor") && !ancestors.has(spec.imageId)) return false;
    if (
      volumes.length > 0 &&
      !spec.mountPoints.some(({ name = "", source, destination }) =>
        [name, source, destination].some((text) => volumes.includes(text)),
      )
    ) {
      return false;
    }
    if (networks.length > 0 && !isOnNetwork(container, networks, host)) return false;
    return matchesPorts(filters, container, host);
  };
}

/** The container that `before` or `since` names. @throws BerthError in Docker's words for these filters */
function edgeOf(reference: string, host: SelectionParts): Container {
  try {
    return host.store.get(reference);
  } catch (thrown) {
    if (!(thrown instanceof BerthError) || thrown.kind !== "notFound") throw thrown;
    throw new BerthError("notFound", `no such container ${reference}`, thrown);
  }
}

function isOnNetwork(container: Container, wanted: readonly string[], host: SelectionParts): boolean {
  const { networks } = host.networks.networking(container.id);
  return networks.some(({ id, name }) =>
    wanted.some((value) => value === name || (value !== "" && id.startsWith(value))),
  );
}

function matchesPorts(filters: Filters, container: Container, host: SelectionParts): boolean {
  const published = filters.values("publish");
  const exposed = filters.values("expose");
  if (published.length === 0 && exposed.length === 0) return true;
  const { published: ranges = [], ports = [] } = host.networks.networking(container.id).sandbox ?? {};
  const exposedPorts = container.spec.config.exposedPorts.map((key): NamedPort => {
    const [port = "", protocol = "tcp"] = key.split("/");
    return { port: Number(port), protocol };
  });
  const publishes = published.some((value) => ranges.some((range) => overlaps(value, range)));
  const exposes = exposed.some((value) => [...ports, ...exposedPorts].some((port) => isWithin(value, port)));
  return (published.length === 0 || publishes) && (exposed.length === 0 || exposes);
}

interface NamedPort {
  port: number;
  protocol: string;
}

/** Reads "80", "80/tcp" or "8000-8010/udp"; undefined when it is none of them. */
function portRange(text: string): { low: number; high: number; protocol: string } | undefined {
  const parts = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text);
  if (!parts) return undefined;
  const [low, high] = [Number(parts[1]), Number(parts[2] ?? parts[1])];
  return high > MAX_PORT || high < low ? undefined : { low, high, protocol: (parts[3] ?? "tcp").toLowerCase() };
}

function isWithin(wanted: string, { port, protocol }: NamedPort): boolean {
  const range = portRange(wanted);
  return range !== undefined && range.protocol === protocol && range.low <= port && port <= range.high;
}

/** Whether one of the host's ports is among those that are wanted. */
function overlaps(wanted: string, { protocol, hostPort, count }: PortRange): boolean {
  const range = portRange(wanted);
  if (range === undefined || range.protocol !== protocol || hostPort === 0) return false;
  return range.low < hostPort + count && hostPort <= range.high;
}

export function summarize(
  container: Container,
  host: ListParts,
  linkNames: readonly string[],
  sizes?: ContainerSizes,
): ListedContainer {
  const { spec, state } = container;
  return {
    spec,
    state,
    command: commandOf(spec.config),
    linkNames,
    image: host.images.find(spec.imageReference)?.id === spec.imageId ? spec.imageReference : spec.imageId,
    unresponsive: unresponsiveness(container, host.exits),
    sizes,
    networking: host.networks.networking(container.id),
  };
}
