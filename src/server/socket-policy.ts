// The policy of scoped sockets: a table of routes and their scopes; all other routes are refused. Containers without the
// socket's labels are hidden, and so are the values of environment variables.

import { variableName } from "../api/environment.ts";
import { BerthError } from "../api/errors.ts";
import { splitPair } from "../api/pairs.ts";
import type { SocketScope } from "../api/socket-scopes.ts";
import type { ScopedSocket } from "../engine/index.ts";
import type { Exchange, Handler, Reply, Route } from "./exchange.ts";

/** How a route is restricted to the socket's labels. */
type LabelRule =
  /** The answer has nothing about containers. */
  | "open"
  /** The labels are added to its filters. */
  | "filtered"
  /** It concerns one container, which must have the labels. */
  | "container"
  /** The answer has numbers of objects: only containers with the labels are counted. */
  | "counted"
  /** It cannot be restricted to labels, so a socket with labels refuses it. */
  | "refused";

interface Rule {
  /** Undefined: allowed on every socket. */
  scope: SocketScope | undefined;
  labels: LabelRule;
  /** Parameters that are refused because they reveal more. */
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

/** What the policy needs to know about containers. */
export interface LabelledContainers {
  /** One by any reference. @throws BerthError notFound */
  identify(reference: string): { id: string; labels: Readonly<Record<string, string>> };
  /** How many there are with all of these labels. */
  counts(labels: readonly string[]): { running: number; paused: number; stopped: number };
}

/** All routes, with handlers that enforce the socket's policy. */
export function scopedRoutes(routes: readonly Route[], socket: ScopedSocket, containers: LabelledContainers): Route[] {
  return routes.map((route) => ({ ...route, handler: scopedHandler(route, socket, containers) }));
}

function scopedHandler(route: Route, socket: ScopedSocket, containers: LabelledContainers): Handler {
  const name = `${route.method} ${route.pattern}`;
  const found = rules.get(name);
  const allowed = found && (found.scope === undefined || socket.allow.includes(found.scope));
  if (!found || !allowed || (found.labels === "refused" && socket.labels.length > 0)) {
    return () => {
      throw new BerthError(
        "forbidden",
        `the socket ${socket.name} does not allow ${name}; it allows ${allowance(socket)}`,
      );
    };
  }
  return async (exchange) => {
    const refused = found.without.find((parameter) => exchange.query.get(parameter));
    if (refused !== undefined) {
      throw new BerthError("forbidden", `the socket ${socket.name} does not allow ${refused} with ${name}`);
    }
    const reply = await route.handler(restrictToLabels(found.labels, exchange, socket, containers));
    return withoutEnvironment(found.labels === "counted" ? withOwnCounts(reply, socket, containers) : reply);
  };
}

function restrictToLabels(
  rule: LabelRule,
  exchange: Exchange,
  socket: ScopedSocket,
  containers: LabelledContainers,
): Exchange {
  if (rule === "filtered") return withLabelFilter(exchange, socket.labels);
  if (rule === "container") return withPermittedContainer(exchange, socket, containers);
  return exchange;
}

function allowance({ allow, labels: required }: ScopedSocket): string {
  const labels = required.length > 0 ? ` on containers labelled ${required.join(" and ")}` : "";
  return `${allow.join(", ")}${labels}`;
}

/** The route gets the container's ID, so that it uses the container that was checked. */
function withPermittedContainer(exchange: Exchange, socket: ScopedSocket, containers: LabelledContainers): Exchange {
  const reference = exchange.params.id ?? "";
  const { id, labels } = containers.identify(reference);
  const hasAll = socket.labels.every((wanted) => {
    const [name, value] = splitPair(wanted);
    return value === undefined ? Object.hasOwn(labels, name) : labels[name] === value;
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

/** Images cannot be restricted to labels, so a socket with labels shows none. */
function withOwnCounts(reply: Reply, { labels }: ScopedSocket, containers: LabelledContainers): Reply {
  if (labels.length === 0 || reply.type !== "json" || !(reply.body instanceof Object)) return reply;
  const { running, paused, stopped } = containers.counts(labels);
  const counts = {
    Containers: running + paused + stopped,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: stopped,
    Images: 0,
  };
  return { ...reply, body: { ...reply.body, ...counts } };
}

/** The reply with every `Env` list reduced to the names. */
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
