// The images of the engine: list, inspect, make, name, remove.
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { type Platform, parsePlatform } from "../../api/platforms.ts";
import { type ImageReference, parseReference, repositoryOf, withDefaultTag } from "../../api/references.ts";
import { Filters } from "../../engine/filters.ts";
import type { Images } from "../../engine/images/images.ts";
import { LIST_FILTERS } from "../../engine/images/list.ts";
import { PRUNE_FILTERS } from "../../engine/images/prune.ts";
import { SEARCH_FILTERS } from "../../engine/images/registry-queries.ts";
import { type Exchange, empty, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { progressReply } from "./progress-reply.ts";
import { pruneReply } from "./prunes.ts";
import { credentialsOf } from "./registry-auth.ts";

export function imageRoutes({ images }: { images: Images }): Route[] {
  const named = (exchange: Exchange): string => exchange.params.name ?? "";
  return [
    { method: "GET", pattern: "/images/json", handler: (exchange) => listReply(images, exchange) },
    { method: "POST", pattern: "/images/create", handler: (exchange) => createReply(images, exchange) },
    { method: "GET", pattern: "/images/search", handler: (exchange) => searchReply(images, exchange) },
    { method: "GET", pattern: "/images/get", handler: ({ query }) => saveReply(images, query.getAll("names"), query) },
    { method: "POST", pattern: "/images/load", handler: (exchange) => loadReply(images, exchange) },
    {
      method: "POST",
      pattern: "/images/prune",
      handler: ({ query }) => pruneReply(images.pruner, Filters.parse(query.get("filters"), PRUNE_FILTERS), query),
    },
    {
      method: "GET",
      pattern: "/images/{name:*}/get",
      handler: (exchange) => saveReply(images, [named(exchange)], exchange.query),
    },
    { method: "GET", pattern: "/images/{name:*}/json", handler: (exchange) => inspectReply(images, exchange) },
    {
      method: "GET",
      pattern: "/images/{name:*}/history",
      handler: (exchange) => json(images.history(named(exchange), platformIn(exchange.query))),
    },
    {
      method: "POST",
      pattern: "/images/{name:*}/tag",
      handler: (exchange) => {
        images.tag(named(exchange), exchange.query.get("repo") ?? "", exchange.query.get("tag") ?? "");
        return empty(201);
      },
    },
    { method: "POST", pattern: "/images/{name:*}/push", handler: (exchange) => pushReply(images, exchange) },
    {
      method: "DELETE",
      pattern: "/images/{name:*}",
      handler: (exchange) =>
        json(
          images.remove(
            named(exchange),
            {
              force: queryFlag(exchange.query, "force"),
              prunesParents: !queryFlag(exchange.query, "noprune"),
            },
            exchange.query.getAll("platforms").map(platformOf),
          ),
        ),
    },
  ];
}

function inspectReply(images: Images, { params, query, version, headers }: Exchange): Reply {
  const image = images.inspect(params.name ?? "", platformIn(query));
  return json({
    ...image,
    ...(version.minor < 44 ? { VirtualSize: image.Size } : {}),
    // docker-compose 1 speaks the newest version, and still looks here for volumes when it makes a container anew.
    ...(version.minor < 45 || headers.get("user-agent")?.startsWith("docker-compose/1.")
      ? { Container: "", ContainerConfig: image.Config }
      : {}),
  });
}

function listReply(images: Images, { query, version }: Exchange): Reply {
  const summaries = images.list({
    all: queryFlag(query, "all"),
    filters: Filters.parse(query.get("filters"), LIST_FILTERS),
    sharedSize: queryFlag(query, "shared-size"),
    containers: false,
  });
  // Older clients show what they are given, and so need a word for "no name".
  const fillsNone = version.minor < 43;
  const hasVirtualSize = version.minor < 44;
  return json(
    summaries.map((summary) => {
      const isNameless = summary.RepoTags.length + summary.RepoDigests.length === 0;
      return {
        ...summary,
        ...(fillsNone && isNameless ? { RepoTags: ["<none>:<none>"], RepoDigests: ["<none>@<none>"] } : {}),
        ...(hasVirtualSize ? { VirtualSize: summary.Size } : {}),
      };
    }),
  );
}

async function createReply(images: Images, exchange: Exchange): Promise<Reply> {
  const fromSource = exchange.query.get("fromSrc") ?? "";
  return fromSource === "" ? pullReply(images, exchange) : importReply(images, exchange, fromSource);
}

async function pullReply(images: Images, { query, headers, signal }: Exchange): Promise<Reply> {
  const named = parseReference(query.get("fromImage") ?? "");
  const reference = withTagOrDigest(named, query.get("tag") ?? "");
  const platform = platformIn(query);
  return progressReply((tell) =>
    images.pull({
      reference,
      allTags: reference.tag === undefined && reference.digest === undefined,
      credentials: credentialsOf(headers),
      tell,
      signal,
      ...(platform ? { platform } : {}),
    }),
  );
}

async function pushReply(images: Images, { params, query, headers, signal }: Exchange): Promise<Reply> {
  const { domain, path } = parseReference(params.name ?? "");
  const tag = query.get("tag") ?? "";
  const reference = parseReference(`${repositoryOf({ domain, path })}${tag === "" ? "" : `:${tag}`}`);
  const platform = platformIn(query);
  return progressReply((tell) =>
    images.push({ reference, credentials: credentialsOf(headers), tell, signal }, platform),
  );
}

function saveReply(images: Images, names: string[], query: URLSearchParams): Reply {
  const body = images.save(names, platformIn(query));
  return { type: "stream", status: 200, contentType: "application/x-tar", body };
}

const platformSchema = v.object({ os: v.string(), architecture: v.string(), variant: v.optional(v.string(), "") });

/** Clients send a platform as JSON since API 1.46; before it was its name. @throws BerthError invalidParameter */
function platformOf(given: string): Platform {
  return parsePlatform(given.startsWith("{") ? platformText(given) : given);
}

function platformText(given: string): string {
  try {
    const { os, architecture, variant } = v.parse(platformSchema, JSON.parse(given));
    return [os, architecture, ...(variant === "" ? [] : [variant])].join("/");
  } catch (thrown) {
    throw new BerthError("invalidParameter", `failed to parse platform: ${messageOf(thrown)}`);
  }
}

function platformIn(query: URLSearchParams): Platform | undefined {
  const given = query.get("platform") ?? "";
  return given === "" ? undefined : platformOf(given);
}

async function loadReply(images: Images, { query, body }: Exchange): Promise<Reply> {
  const platform = platformIn(query);
  return progressReply((tell) =>
    images.load({
      source: body,
      quiet: queryFlag(query, "quiet"),
      tell,
      ...(platform ? { platform } : {}),
    }),
  );
}

async function searchReply(images: Images, { query, headers, signal }: Exchange): Promise<Reply> {
  const limit = query.get("limit") ?? "";
  return json(
    await images.search({
      term: query.get("term") ?? "",
      limit: limit === "" ? 0 : Number(limit),
      filters: Filters.parse(query.get("filters"), SEARCH_FILTERS),
      credentials: credentialsOf(headers),
      signal,
    }),
  );
}

/** `tag` may hold a digest instead. */
function withTagOrDigest(reference: ImageReference, tag: string): ImageReference {
  if (tag === "") return reference;
  const separator = tag.includes(":") ? "@" : ":";
  const { domain, path } = reference;
  return parseReference(`${repositoryOf({ domain, path })}${separator}${tag}`);
}

async function importReply(images: Images, { query, body, signal }: Exchange, origin: string): Promise<Reply> {
  const repository = query.get("repo") ?? "";
  const tag = query.get("tag") ?? "";
  const reference = repository === "" ? undefined : parseReference(tag === "" ? repository : `${repository}:${tag}`);
  if (reference?.digest !== undefined) throw new BerthError("invalidParameter", "cannot import digest reference");
  const platform = platformIn(query);
  return progressReply(async (tell) => {
    const id = await images.import({
      origin,
      body,
      tell,
      signal,
      changes: query.getAll("changes"),
      message: query.get("message") ?? "",
      ...(reference ? { reference: withDefaultTag(reference) } : {}),
      ...(platform ? { platform } : {}),
    });
    tell({ status: id });
  });
}
