// Containers, except for their streams and files.

import { createContainerSchema, updateContainerSchema } from "../../api/container-requests.ts";
import type { CreateContainerAnswer, PruneContainersAnswer, TopAnswer, WaitAnswer } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import { parseFilters } from "../../api/filters.ts";
import { waitConditions } from "../../api/waiting.ts";
import { dockerChange } from "../../docker/files.ts";
import { dockerInspect, dockerSummary } from "../../docker/inspection.ts";
import { containerRequestOf, updateRequestOf } from "../../docker/requests.ts";
import { dockerStats } from "../../docker/stats.ts";
import { type ContainerStats, type Engine, Trace } from "../../engine/index.ts";
import { type Exchange, empty, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { adaptedCreate, adaptedUpdate, inspectAnswerFor, summaryAnswerFor } from "./container-versions.ts";
import { moveContainerWideSettings } from "./create-compatibility.ts";
import { orNull, pruneReply } from "./prunes.ts";

/** An integer in the query. @throws BerthError invalidParameter */
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
  await engine.containers.start(exchange.params.id ?? "");
  return empty();
}

/** Old clients send "{}" or "null" with a newline; a longer body is a host configuration, which is no longer accepted. */
const EMPTY_BODY_LENGTH = 7;

async function wait(engine: Engine, { params, query, signal, version }: Exchange): Promise<Reply> {
  const asked = version.minor < WAIT_CONDITIONS_SINCE ? "not-running" : query.get("condition") || "not-running";
  const condition = waitConditions.find((known) => known === asked);
  if (condition === undefined) throw new BerthError("invalidParameter", `invalid condition: "${asked}"`);
  const reference = params.id ?? "";
  const answer = engine.containers
    .wait(reference, condition, signal)
    .then((StatusCode): WaitAnswer => ({ StatusCode }));
  if (version.minor < WAIT_CONDITIONS_SINCE) return json(await answer);
  const gone = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
  return {
    type: "stream",
    status: 200,
    contentType: "application/json",
    // `run` starts the container once it has the headers.
    body: (async function* () {
      const result = await Promise.race([answer, gone]);
      if (result) yield Buffer.from(`${JSON.stringify(result)}\n`);
    })(),
  };
}

async function* linesOf(samples: AsyncIterable<ContainerStats>): AsyncGenerator<Uint8Array> {
  for await (const stats of samples) yield Buffer.from(`${JSON.stringify(dockerStats(stats))}\n`);
}

async function remove({ containers }: Engine, { params, query }: Exchange): Promise<Reply> {
  const reference = params.id ?? "";
  if (queryFlag(query, "link")) {
    containers.unlink(reference);
    return empty();
  }
  await containers.remove(reference, { force: queryFlag(query, "force"), volumes: queryFlag(query, "v") });
  return empty();
}

/** The creation of a container that a request asks for; the warnings are about the request itself. @throws BerthError */
export async function creationOf(exchange: Exchange) {
  const { query, version, received } = exchange;
  const trace = new Trace(received);
  const asked = adaptedCreate(version, await exchange.json(createContainerSchema));
  const platform = version.minor < PLATFORM_SINCE ? "" : (query.get("platform") ?? "");
  const readOnlyNonRecursive = version.minor < RECURSIVE_READ_ONLY_SINCE;
  const name = query.get("name") ?? undefined;
  const warnings = moveContainerWideSettings(version, asked);
  const request = containerRequestOf(asked);
  return { request, options: { name, platform, readOnlyNonRecursive, trace }, warnings };
}

async function create({ containers }: Engine, exchange: Exchange): Promise<Reply> {
  const { request, options, warnings } = await creationOf(exchange);
  const created = containers.create(request, options);
  const answer: CreateContainerAnswer = { Id: created.id, Warnings: [...created.warnings, ...warnings] };
  return json(answer, 201);
}

/** Prefixes an error with what failed, as Docker does for these verbs once it has found the container. */
async function prefixErrors(sentence: string, work: () => Promise<void>): Promise<Reply> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof BerthError) || thrown.kind === "notModified") throw thrown;
    throw new BerthError(thrown.kind, `${sentence}: ${thrown.message}`, thrown);
  }
  return empty();
}

function kill({ containers }: Engine, { params, query }: Exchange): Promise<Reply> {
  const reference = params.id ?? "";
  return prefixErrors(`cannot kill container: ${reference}`, () =>
    containers.kill(reference, query.get("signal") ?? ""),
  );
}

/** The minor API versions that added these parameters. */
const WAIT_CONDITIONS_SINCE = 30;
const ONE_SHOT_SINCE = 41;
const PLATFORM_SINCE = 41;
const RECURSIVE_READ_ONLY_SINCE = 44;
const STOP_SIGNAL_SINCE = 42;

export function containerRoutes(engine: Engine): Route[] {
  const { containers } = engine;
  const referenceOf = ({ params }: Exchange): string => params.id ?? "";
  const stopTimeout = ({ query }: Exchange): number | undefined => queryNumber(query, "t");
  const signalOf = ({ query, version }: Exchange): string | undefined =>
    version.minor < STOP_SIGNAL_SINCE ? undefined : query.get("signal") || undefined;
  return [
    {
      method: "GET",
      pattern: "/containers/json",
      handler: async ({ query, version }) => {
        const request = {
          all: queryFlag(query, "all"),
          limit: Math.max(0, queryNumber(query, "limit") ?? 0),
          filters: parseFilters(query.get("filters")),
        };
        const answer = await containers.list(request, queryFlag(query, "size"));
        return json(answer.map((listed) => summaryAnswerFor(version, dockerSummary(listed))));
      },
    },
    { method: "POST", pattern: "/containers/create", handler: (exchange) => create(engine, exchange) },
    {
      method: "GET",
      pattern: "/containers/{id:*}/json",
      handler: async (exchange) => {
        const answer = await containers.inspect(referenceOf(exchange), queryFlag(exchange.query, "size"));
        return json(inspectAnswerFor(exchange.version, dockerInspect(answer)));
      },
    },
    {
      method: "GET",
      pattern: "/containers/{id:*}/top",
      handler: async (exchange) => {
        const { titles, processes } = await containers.top(referenceOf(exchange), exchange.query.get("ps_args") ?? "");
        const answer: TopAnswer = { Titles: titles, Processes: processes };
        return json(answer);
      },
    },
    { method: "POST", pattern: "/containers/{id:*}/start", handler: (exchange) => start(engine, exchange) },
    {
      method: "POST",
      pattern: "/containers/{id:*}/stop",
      handler: async (exchange) => {
        const timeout = stopTimeout(exchange);
        const { id } = containers.identify(referenceOf(exchange));
        return prefixErrors(`cannot stop container: ${exchange.params.id}`, () =>
          containers.stop(id, timeout, signalOf(exchange)),
        );
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id:*}/restart",
      handler: async (exchange) => {
        const timeout = stopTimeout(exchange);
        const { id } = containers.identify(referenceOf(exchange));
        return prefixErrors(`Cannot restart container ${exchange.params.id}`, () =>
          containers.restart(id, timeout, signalOf(exchange)),
        );
      },
    },
    { method: "POST", pattern: "/containers/{id:*}/kill", handler: (exchange) => kill(engine, exchange) },
    {
      method: "POST",
      pattern: "/containers/{id:*}/pause",
      handler: async (exchange) => {
        await containers.pause(referenceOf(exchange));
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id:*}/unpause",
      handler: async (exchange) => {
        await containers.unpause(referenceOf(exchange));
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id:*}/rename",
      handler: async (exchange) => {
        await containers.rename(referenceOf(exchange), exchange.query.get("name") ?? "");
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id:*}/update",
      handler: async (exchange) => {
        const request = adaptedUpdate(exchange.version, await exchange.json(updateContainerSchema));
        const warnings = await containers.update(referenceOf(exchange), updateRequestOf(request));
        return json({ Warnings: warnings.length > 0 ? warnings : null });
      },
    },
    { method: "POST", pattern: "/containers/{id:*}/wait", handler: (exchange) => wait(engine, exchange) },
    { method: "DELETE", pattern: "/containers/{id:*}", handler: (exchange) => remove(engine, exchange) },
    {
      method: "GET",
      pattern: "/containers/{id:*}/changes",
      handler: async (exchange) => {
        const changes = await containers.changes(referenceOf(exchange));
        return json(orNull(changes.map(dockerChange)));
      },
    },
    {
      method: "GET",
      pattern: "/containers/{id:*}/stats",
      handler: (exchange) => {
        const { query, signal, version } = exchange;
        const reference = referenceOf(exchange);
        if (queryFlag(query, "stream", true)) {
          return {
            type: "stream",
            status: 200,
            contentType: "application/json",
            body: linesOf(containers.statsStream(reference, signal)),
          };
        }
        const oneShot = version.minor >= ONE_SHOT_SINCE && queryFlag(query, "one-shot");
        return containers.stats(reference, oneShot).then((stats) => json(dockerStats(stats)));
      },
    },
    {
      method: "POST",
      pattern: "/containers/prune",
      handler: ({ query }) =>
        pruneReply(
          containers.pruner,
          parseFilters(query.get("filters")),
          query,
          ({ removed, reclaimed }): PruneContainersAnswer => ({
            ContainersDeleted: orNull(removed),
            SpaceReclaimed: reclaimed,
          }),
        ),
    },
  ];
}
