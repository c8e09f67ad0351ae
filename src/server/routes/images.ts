// Images: list, inspect, pull, import, load, save, push, tag, remove, search.

import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { parseFilters } from "../../api/filters.ts";
import type { PruneImagesAnswer } from "../../api/images.ts";
import { type Platform, parsePlatform } from "../../api/platforms.ts";
import { type ImageReference, parseReference, withDigest, withTag } from "../../api/references.ts";
import { dockerHistory, dockerImage, dockerImageSummary, dockerRemoved } from "../../docker/images.ts";
import { dockerSearchResult } from "../../docker/registries.ts";
import type { Images } from "../../engine/index.ts";
import { type Exchange, empty, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { repositoryTag } from "./image-references.ts";
import { imageInspectFor, imageSummaryFor } from "./image-versions.ts";
import { progressReply, reportTransfer } from "./progress-reply.ts";
import { orNull, pruneReply } from "./prunes.ts";
import { credentialsIn } from "./registry-auth.ts";

export function imageRoutes({ images }: { images: Images }): Route[] {
  const named = (exchange: Exchange): string => exchange.params.name ?? "";
  return [
    { method: "GET", pattern: "/images/json", handler: (exchange) => listReply(images, exchange) },
    { method: "POST", pattern: "/images/create", handler: (exchange) => createReply(images, exchange) },
    { method: "GET", pattern: "/images/search", handler: (exchange) => searchReply(images, exchange) },
    {
      method: "GET",
      pattern: "/images/get",
      handler: (exchange) => saveReply(images, exchange.query.getAll("names"), exchange),
    },
    { method: "POST", pattern: "/images/load", handler: (exchange) => loadReply(images, exchange) },
    {
      method: "POST",
      pattern: "/images/prune",
      handler: ({ query }) =>
        pruneReply(
          images.pruner,
          parseFilters(query.get("filters")),
          query,
          ({ removed, reclaimed }): PruneImagesAnswer => ({
            ImagesDeleted: orNull(removed.map(dockerRemoved)),
            SpaceReclaimed: reclaimed,
          }),
        ),
    },
    {
      method: "GET",
      pattern: "/images/{name:*}/get",
      handler: (exchange) => saveReply(images, [named(exchange)], exchange),
    },
    { method: "GET", pattern: "/images/{name:*}/json", handler: (exchange) => inspectReply(images, exchange) },
    {
      method: "GET",
      pattern: "/images/{name:*}/history",
      handler: (exchange) => json(images.history(named(exchange), platformIn(exchange, 48)).map(dockerHistory)),
    },
    {
      method: "POST",
      pattern: "/images/{name:*}/tag",
      handler: (exchange) => {
        const reference = repositoryTag(exchange.query);
        if (!reference) throw new BerthError("invalidParameter", "invalid reference format");
        images.tag(named(exchange), reference);
        return empty(201);
      },
    },
    { method: "POST", pattern: "/images/{name:*}/push", handler: (exchange) => pushReply(images, exchange) },
    {
      method: "DELETE",
      pattern: "/images/{name:*}",
      handler: (exchange) =>
        json(
          images
            .remove(
              notBlank(named(exchange)),
              {
                force: queryFlag(exchange.query, "force"),
                prunesParents: !queryFlag(exchange.query, "noprune"),
              },
              exchange.version.minor < 50 ? [] : exchange.query.getAll("platforms").map(platformOf),
            )
            .map(dockerRemoved),
        ),
    },
  ];
}

function inspectReply(images: Images, exchange: Exchange): Reply {
  const { params, query, version, headers } = exchange;
  const platform = platformIn(exchange, 49);
  if (platform && version.minor >= 48 && queryFlag(query, "manifests")) {
    throw new BerthError("invalidParameter", "conflicting options: manifests and platform options cannot both be set");
  }
  // docker-compose 1 speaks the newest version, and still takes volumes from ContainerConfig when it recreates.
  const isOldCompose = headers.get("user-agent")?.startsWith("docker-compose/1.");
  const image = dockerImage(images.inspect(params.name ?? "", platform));
  return json(imageInspectFor(version, image, isOldCompose || undefined));
}

function listReply(images: Images, { query, version }: Exchange): Reply {
  const filters = parseFilters(query.get("filters"));
  const name = version.minor < 41 ? (query.get("filter") ?? "") : "";
  const listed = images.list({
    all: queryFlag(query, "all"),
    filters: name === "" ? filters : new Map([...filters, ["reference", [name]]]),
    sharedSize: version.minor >= 42 && queryFlag(query, "shared-size"),
    containers: version.minor >= 51,
  });
  return json(listed.map((image) => imageSummaryFor(version, dockerImageSummary(image))));
}

async function createReply(images: Images, exchange: Exchange): Promise<Reply> {
  const fromSource = exchange.query.get("fromSrc") ?? "";
  return fromSource === "" ? pullReply(images, exchange) : importReply(images, exchange, fromSource);
}

async function pullReply(images: Images, exchange: Exchange): Promise<Reply> {
  const { query, headers, signal } = exchange;
  const named = parseReference(query.get("fromImage") ?? "");
  const reference = withTagOrDigest(named, query.get("tag") ?? "");
  const platform = platformIn(exchange, 32);
  return progressReply((tell) =>
    images.pull({
      reference,
      allTags: reference.tag === undefined && reference.digest === undefined,
      credentials: credentialsIn(headers),
      tell: reportTransfer(tell),
      signal,
      ...(platform ? { platform } : {}),
    }),
  );
}

async function pushReply(images: Images, exchange: Exchange): Promise<Reply> {
  const { params, query, headers, signal } = exchange;
  const { domain, path } = parseReference(params.name ?? "");
  const tag = query.get("tag") ?? "";
  const reference = tag === "" ? { domain, path } : withTag({ domain, path }, tag);
  const platform = platformIn(exchange, 46);
  return progressReply((tell) =>
    images.push({ reference, credentials: credentialsIn(headers), tell: reportTransfer(tell), signal }, platform),
  );
}

function saveReply(images: Images, names: string[], exchange: Exchange): Reply {
  const body = images.save(names, platformIn(exchange, 48));
  return { type: "stream", status: 200, contentType: "application/x-tar", body };
}

const platformSchema = v.object({ os: v.string(), architecture: v.string(), variant: v.optional(v.string(), "") });

/** A platform as JSON, which clients send since API 1.46, or as text. @throws BerthError invalidParameter */
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

/** The `platform` parameter, added to the route by API 1.`since`. @throws BerthError invalidParameter */
function platformIn({ query, version }: Exchange, since: number): Platform | undefined {
  if (version.minor < since) return undefined;
  const [given = "", ...more] = query.getAll("platform");
  if (more.length > 0) throw new BerthError("invalidParameter", "multiple platform parameters not supported");
  return given === "" ? undefined : platformOf(given);
}

/** After its parameters are read the status is 200: a broken archive is reported in the stream, as by Docker. */
async function loadReply(images: Images, exchange: Exchange): Promise<Reply> {
  const { query, body } = exchange;
  const platform = platformIn(exchange, 48);
  const request = { source: body, quiet: queryFlag(query, "quiet", true), ...(platform ? { platform } : {}) };
  return progressReply((tell) => images.load({ ...request, tell: reportTransfer(tell) }), { failsInStream: true });
}

async function searchReply(images: Images, { query, headers, signal }: Exchange): Promise<Reply> {
  const limit = query.get("limit") ?? "";
  const found = await images.search({
    term: query.get("term") ?? "",
    limit: limit === "" ? 0 : Number(limit),
    filters: parseFilters(query.get("filters")),
    credentials: credentialsIn(headers),
    signal,
  });
  return json(found.map(dockerSearchResult));
}

/** `tag` may hold a digest instead. */
function withTagOrDigest(reference: ImageReference, tag: string): ImageReference {
  if (tag === "") return reference;
  return tag.includes(":") ? withDigest(reference, tag) : withTag(reference, tag);
}

async function importReply(images: Images, exchange: Exchange, origin: string): Promise<Reply> {
  const { query, body, signal } = exchange;
  const reference = repositoryTag(query);
  const platform = platformIn(exchange, 32);
  return progressReply(async (tell) => {
    const id = await images.import({
      origin,
      body,
      tell: reportTransfer(tell),
      signal,
      changes: query.getAll("changes"),
      message: query.get("message") ?? "",
      ...(reference ? { reference } : {}),
      ...(platform ? { platform } : {}),
    });
    tell({ status: id });
  });
}

/** @throws BerthError invalidParameter in Docker's words */
function notBlank(name: string): string {
  if (name.trim() === "") throw new BerthError("invalidParameter", "image name cannot be blank");
  return name;
}
