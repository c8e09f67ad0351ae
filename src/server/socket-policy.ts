// What a scoped socket answers: a table from routes to scopes, refusing whatever is not in it; containers without the
// socket's labels do not exist on it, and the values of environment variables are never shown.
import { variableName } from "../api/environment.ts";
import { BerthError } from "../api/errors.ts";
import type { SocketInspect, SocketScope } from "../api/scoped-sockets.ts";
import type { Exchange, Handler, Reply, Route } from "./exchange.ts";

/** How a route is kept to the socket's labels. */
type LabelRule =
  /** It tells nothing of anybody's containers. */
  | "open"
  /** It takes filters, to which the labels are added. */
  | "filtered"
  /** It is about one container, which must have the labels. */
  | "container"
  /** It tells how many there are of everything, and counts those that have the labels. */
  | "counted"
  /** It cannot be kept to labels, so it is refused on a socket that has some. */
  | "refused";

interface Rule {
  /** Undefined: allowed on every socket. */
  scope: SocketScope | undefined;
  labels: LabelRule;
  /** Parameters that would show more than the route does without them. */
  without: readonly string[];
}

const rule = (scope: SocketScope | undefined, labels: LabelRule, without: readonly string[] = []): Rule => ({
  scope,
  labels,
  without,
});

const rules: ReadonlyMap<string, Rule> = new Map([
  ["GET /_ping", rule(undefined, "open")],
  ["HEAD /_ping", rule(undefined, "open")],
  ["GET /version", rule(undefined, "open")],
  ["GET /info", rule("read", "counted")],
  ["GET /events", rule("events", "filtered")],
  ["GET /containers/json", rule("read", "filtered")],
  ["GET /containers/{id:*}/json", rule("read", "container")],
  // With "e", ps shows the environment of processes.
  ["GET /containers/{id:*}/top", rule("read", "container", ["ps_args"])],
  ["GET /containers/{id:*}/stats", rule("read", "container")],
  ["GET /containers/{id:*}/changes", rule("read", "container")],
  ["GET /containers/{id:*}/logs", rule("logs", "container")],
  ["POST /containers/{id:*}/start", rule("control", "container")],
  ["POST /containers/{id:*}/stop", rule("control", "container")],
  ["POST /containers/{id:*}/restart", rule("control", "container")],
  ["POST /containers/{id:*}/kill", rule("control", "container")],
  ["POST /containers/{id:*}/pause", rule("control", "container")],
  ["POST /containers/{id:*}/unpause", rule("control", "container")],
  ["POST /containers/{id:*}/wait", rule("control", "container")],
  ["GET /images/json", rule("read", "refused")],
  ["GET /images/{name:*}/json", rule("read", "refused")],
  ["GET /networks", rule("read", "refused")],
  ["GET /networks/{id:*}", rule("read", "refused")],
  ["GET /volumes", rule("read", "refused")],
  ["GET /volumes/{name:*}", rule("read", "refused")],
  ["GET /system/df", rule("read", "refused")],
]);

/** The containers, as far as keeping sockets to their labels takes. */
export interface LabelledContainers {
  /** One by any reference. @throws BerthError notFound */
  identify(reference: string): { id: string; labels: Readonly<Record<string, string>> };
  /** How many there are with all of these labels. */
  counts(labels: readonly string[]): { running: number; paused: number; stopped: number };
}

/** The routes as a scoped socket has them: each there, most of them refusing. */
export function scopedRoutes(routes: readonly Route[], socket: SocketInspect, containers: LabelledContainers): Route[] {
  return routes.map((route) => ({ ...route, handler: scopedHandler(route, socket, containers) }));
}

function scopedHandler(route: Route, socket: SocketInspect, containers: LabelledContainers): Handler {
  const name = `${route.method} ${route.pattern}`;
  const found = rules.get(name);
  const allowed = found && (found.scope === undefined || socket.Allow.includes(found.scope));
  if (!found || !allowed || (found.labels === "refused" && socket.Labels.length > 0)) {
    return () => {
      throw new BerthError(
        "forbidden",
        `the socket ${socket.Name} does not allow ${name}; it allows ${allowance(socket)}`,
      );
    };
  }
  return async (exchange) => {
    const refused = found.without.find((parameter) => exchange.query.get(parameter));
    if (refused !== undefined) {
      throw new BerthError("forbidden", `the socket ${socket.Name} does not allow ${refused} with ${name}`);
    }
    const reply = await route.handler(keptToLabels(found.labels, exchange, socket, containers));
    return withoutEnvironment(found.labels === "counted" ? withOwnCounts(reply, socket, containers) : reply);
  };
}

function keptToLabels(
  rule: LabelRule,
  exchange: Exchange,
  socket: SocketInspect,
  containers: LabelledContainers,
): Exchange {
  if (rule === "filtered") return withLabelFilter(exchange, socket.Labels);
  if (rule === "container") return withPermittedContainer(exchange, socket, containers);
  return exchange;
}

function allowance({ Allow, Labels }: SocketInspect): string {
  const labels = Labels.length > 0 ? ` on containers labelled ${Labels.join(" and ")}` : "";
  return `${Allow.join(", ")}${labels}`;
}

/** The container goes on by its id, so that the one that was checked is the one that is used. */
function withPermittedContainer(exchange: Exchange, socket: SocketInspect, containers: LabelledContainers): Exchange {
  const reference = exchange.params.id ?? "";
  const { id, labels } = containers.identify(reference);
  const hasAll = socket.Labels.every((wanted) => {
    const at = wanted.indexOf("=");
    return at < 0 ? Object.hasOwn(labels, wanted) : labels[wanted.slice(0, at)] === wanted.slice(at + 1);
  });
  if (!hasAll) throw new BerthError("notFound", `No such container: ${reference}`);
  return { ...exchange, params: { ...exchange.params, id } };
}

function withLabelFilter(exchange: Exchange, labels: readonly string[]): Exchange {
  if (labels.length === 0) return exchange;
  const query = new URLSearchParams(exchange.query);
  const asked: unknown = readFilters(query.get("filters"));
  const filters = asked instanceof Object && !Array.isArray(asked) ? asked : {};
  const own = "label" in filters ? filters.label : [];
  const ownLabels = Array.isArray(own) ? own : own instanceof Object ? Object.keys(own) : [];
  query.set("filters", JSON.stringify({ ...filters, label: [...ownLabels, ...labels] }));
  return { ...exchange, query };
}

function readFilters(text: string | null): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    throw new BerthError("invalidParameter", "invalid filters: malformed JSON");
  }
}

/** Images cannot be kept to labels, so a socket with labels knows none. */
function withOwnCounts(reply: Reply, { Labels }: SocketInspect, containers: LabelledContainers): Reply {
  if (Labels.length === 0 || reply.type !== "json" || !(reply.body instanceof Object)) return reply;
  const { running, paused, stopped } = containers.counts(Labels);
  const counts = {
    Containers: running + paused + stopped,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: stopped,
    Images: 0,
  };
  return { ...reply, body: { ...reply.body, ...counts } };
}

/** The reply with `Env` lists reduced to names, wherever they stand in it. */
function withoutEnvironment(reply: Reply): Reply {
  return reply.type === "json" ? { ...reply, body: hideEnvironment(reply.body) } : reply;
}

function hideEnvironment(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideEnvironment);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "Env" && Array.isArray(inner) ? inner.map(nameOnly) : hideEnvironment(inner),
    ]),
  );
}

function nameOnly(variable: unknown): string {
  return `${variableName(String(variable))}=`;
}
