// Containers: everything but their streams and their files, which have routes of their own.
import { createContainerSchema, updateContainerSchema, type WaitCondition } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import { containerFilters } from "../../engine/containers/views/list.ts";
import type { Engine } from "../../engine/engine.ts";
import { Filters } from "../../engine/filters.ts";
import { type Exchange, empty, json, queryFlag, type Reply, type Route } from "../exchange.ts";

const waitConditions: readonly WaitCondition[] = ["not-running", "next-exit", "removed", "healthy"];

/** A whole number of the query. @throws BerthError invalidParameter */
function queryNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) {
    throw new BerthError("invalidParameter", `strconv.Atoi: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

async function start(engine: Engine, exchange: Exchange): Promise<Reply> {
  const contentLength = exchange.headers.get("content-length");
  const chunked = exchange.headers.has("transfer-encoding");
  if (chunked || Number(contentLength ?? 0) > EMPTY_BODY_LENGTH) {
    throw new BerthError(
      "invalidParameter",
      "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
    );
  }
  await engine.containers.lifeCycle.start(engine.containers.get(exchange.params.id ?? ""));
  return empty();
}

/** Old clients send "{}" or "null" with a newline; more than that is a host configuration, which start takes no more. */
const EMPTY_BODY_LENGTH = 7;

function wait(engine: Engine, { params, query, signal }: Exchange): Reply {
  const container = engine.containers.get(params.id ?? "");
  const asked = query.get("condition") || "not-running";
  const condition = waitConditions.find((known) => known === asked);
  if (condition === undefined) throw new BerthError("invalidParameter", `invalid condition: "${asked}"`);
  const answer = engine.containers.wait(container, condition);
  const gone = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
  return {
    type: "stream",
    status: 200,
    contentType: "application/json",
    // The headers must be out before the container is started: `run` waits for them.
    body: (async function* () {
      const result = await Promise.race([answer, gone]);
      if (result) yield Buffer.from(`${JSON.stringify(result)}\n`);
    })(),
  };
}

async function remove({ containers }: Engine, { params, query }: Exchange): Promise<Reply> {
  const reference = params.id ?? "";
  const container = containers.get(reference);
  if (queryFlag(query, "link"))
    throw new BerthError("invalidParameter", "legacy links can't be removed: they end with the container");
  await containers.remove(container, reference, { force: queryFlag(query, "force"), volumes: queryFlag(query, "v") });
  return empty();
}

export function containerRoutes(engine: Engine): Route[] {
  const { containers } = engine;
  const { lifeCycle } = containers;
  const find = ({ params }: Exchange) => containers.get(params.id ?? "");
  const stopTimeout = ({ query }: Exchange): number | undefined => queryNumber(query, "t");
  const signalOf = ({ query }: Exchange): string | undefined => query.get("signal") || undefined;
  return [
    {
      method: "GET",
      pattern: "/containers/json",
      handler: async ({ query }) => {
        const request = {
          all: queryFlag(query, "all"),
          limit: Math.max(0, queryNumber(query, "limit") ?? 0),
          filters: Filters.parse(query.get("filters"), containerFilters),
        };
        return json(await containers.list(request, queryFlag(query, "size")));
      },
    },
    {
      method: "POST",
      pattern: "/containers/create",
      handler: async (exchange) => {
        const name = exchange.query.get("name") ?? undefined;
        return json(containers.create(name, await exchange.json(createContainerSchema)), 201);
      },
    },
    {
      method: "GET",
      pattern: "/containers/{id}/json",
      handler: async (exchange) => json(await containers.inspect(find(exchange), queryFlag(exchange.query, "size"))),
    },
    {
      method: "GET",
      pattern: "/containers/{id}/top",
      handler: async (exchange) => json(await containers.top(find(exchange), exchange.query.get("ps_args") ?? "")),
    },
    { method: "POST", pattern: "/containers/{id}/start", handler: (exchange) => start(engine, exchange) },
    {
      method: "POST",
      pattern: "/containers/{id}/stop",
      handler: async (exchange) => {
        await lifeCycle.stop(find(exchange), stopTimeout(exchange), signalOf(exchange));
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id}/restart",
      handler: async (exchange) => {
        await lifeCycle.restart(find(exchange), stopTimeout(exchange), signalOf(exchange));
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id}/kill",
      handler: async (exchange) => {
        await lifeCycle.kill(find(exchange), signalOf(exchange) ?? "");
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id}/pause",
      handler: async (exchange) => {
        await lifeCycle.pause(find(exchange));
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id}/unpause",
      handler: async (exchange) => {
        await lifeCycle.unpause(find(exchange));
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id}/rename",
      handler: (exchange) => {
        containers.rename(find(exchange), exchange.query.get("name") ?? "");
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id}/update",
      handler: async (exchange) => {
        const container = find(exchange);
        return json({ Warnings: await containers.update(container, await exchange.json(updateContainerSchema)) });
      },
    },
    { method: "POST", pattern: "/containers/{id}/wait", handler: (exchange) => wait(engine, exchange) },
    { method: "DELETE", pattern: "/containers/{id}", handler: (exchange) => remove(engine, exchange) },
    {
      method: "GET",
      pattern: "/containers/{id}/changes",
      handler: async (exchange) => json(await containers.changes(find(exchange))),
    },
    {
      method: "GET",
      pattern: "/containers/{id}/stats",
      handler: (exchange) => {
        const { query, signal } = exchange;
        const container = find(exchange);
        if (queryFlag(query, "stream", true)) {
          return {
            type: "stream",
            status: 200,
            contentType: "application/json",
            body: containers.stats.stream(container, signal),
          };
        }
        return containers.stats.once(container, queryFlag(query, "one-shot")).then((sample) => json(sample));
      },
    },
    {
      method: "POST",
      pattern: "/containers/prune",
      handler: async ({ query }) =>
        json(await containers.prune(Filters.parse(query.get("filters"), ["label", "label!", "until"]))),
    },
  ];
}
