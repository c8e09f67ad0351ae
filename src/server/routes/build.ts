// `POST /build`, and the build cache.

import * as v from "valibot";
import {
  BUILD_SECRETS_HEADER,
  buildArgumentsSchema,
  buildSecretsSchema,
  type PruneBuildCacheAnswer,
  REGISTRY_CONFIGURATION_HEADER,
  registryConfigurationSchema,
} from "../../api/build.ts";
import { BerthError } from "../../api/errors.ts";
import { parseFilters } from "../../api/filters.ts";
import { ulimitSchema } from "../../api/host-configuration.ts";
import type { ProgressLine } from "../../api/images.ts";
import { parsePlatform } from "../../api/platforms.ts";
import { type ImageReference, parseReference, requireTaggable } from "../../api/references.ts";
import { hostRequestOf } from "../../docker/host-configuration.ts";
import { classicBuildLines } from "../../docker/progress.ts";
import { credentialsOf } from "../../docker/registries.ts";
import type { Builds, CachePruneOptions, ClassicBuildRequest, HostRequest, SolveRequest } from "../../engine/index.ts";
import { type Exchange, empty, queryFlag, type Reply, type Route, type Schema } from "../exchange.ts";
import { buildWithEvents, namedContextOf } from "./build-events.ts";
import type { LoadBuildKit } from "./buildkit.ts";
import { progressReply } from "./progress-reply.ts";
import { orNull, pruneReply } from "./prunes.ts";

/** The `version` of requests that belong to a BuildKit session. */
const BUILDKIT = "2";
/** Lines of a quiet build that are kept, to be printed if it fails. */
const MAX_HELD = 1000;

export function buildRoutes({ builds }: { builds: Builds }, buildkit: LoadBuildKit): Route[] {
  return [
    {
      method: "POST",
      pattern: "/build",
      handler: (exchange) =>
        exchange.query.get("version") === BUILDKIT
          ? buildkitReply(buildkit, exchange)
          : buildReply(builds, buildkit, exchange),
    },
    {
      method: "POST",
      pattern: "/build/prune",
      handler: ({ query }) =>
        pruneReply(
          builds.pruner(pruneOptionsOf(query)),
          parseFilters(query.get("filters")),
          query,
          ({ removed, reclaimed }): PruneBuildCacheAnswer => ({
            CachesDeleted: orNull(removed),
            SpaceReclaimed: reclaimed,
          }),
        ),
    },
    {
      method: "POST",
      pattern: "/build/cancel",
      handler: ({ query }) => {
        const id = query.get("id") ?? "";
        if (id === "") throw new BerthError("invalidParameter", "build ID not provided");
        builds.cancel(id);
        return empty(200);
      },
    },
  ];
}

async function buildkitReply(load: LoadBuildKit, { query, body, signal }: Exchange): Promise<Reply> {
  const { buildkit } = await load();
  return progressReply((tell) => buildkit.httpBuilds.run({ query, body, signal }, tell));
}

async function buildReply(builds: Builds, load: LoadBuildKit, exchange: Exchange): Promise<Reply> {
  const request = requestOf(exchange);
  const { body, query, signal } = exchange;
  if (queryFlag(query, "events")) {
    const session = query.get("session") ?? "";
    const client = session === "" ? undefined : await (await load()).buildkit.session(session, signal);
    const solve = { ...builds.solveRequest(request, body, client), ...graphOptionsOf(query) };
    const call = v.safeParse(callSchema, query.get("call"));
    return progressReply(async (tell, reader) => {
      if (!call.success) return buildWithEvents(builds, solve, { tell, reader }, signal);
      const { metadata } = await builds.describe(solve, { type: call.output }, signal);
      tell({ aux: { Call: metadata } });
    });
  }
  return progressReply(async (tell, reader) => {
    if (!request.isQuiet) {
      await builds.build(request, body, { tell: (event) => classicBuildLines(event).forEach(tell), reader }, signal);
      return;
    }
    const held: ProgressLine[] = [];
    const hold = (line: ProgressLine): void => {
      held.push(line);
      if (held.length > MAX_HELD) held.shift();
    };
    try {
      const id = await builds.build(
        request,
        body,
        { tell: (event) => classicBuildLines(event).forEach(hold), reader },
        signal,
      );
      tell({ stream: `${id}\n` });
    } catch (thrown) {
      for (const line of held) tell(line);
      throw thrown;
    }
  });
}

function credentialsByRegistry(headers: Exchange["headers"]): ClassicBuildRequest["credentials"] {
  const given = headerOf(headers, REGISTRY_CONFIGURATION_HEADER, registryConfigurationSchema) ?? {};
  return Object.fromEntries(
    Object.entries(given).map(([registry, credentials]) => [registry, credentialsOf(credentials)]),
  );
}

/** @throws BerthError invalidParameter */
function requestOf({ query, headers }: Exchange): ClassicBuildRequest {
  const text = (name: string): string => query.get(name) ?? "";
  if (queryFlag(query, "squash")) {
    throw new BerthError("invalidParameter", "squash is only supported with experimental mode");
  }
  const platform = text("platform");
  return {
    id: text("buildid"),
    remote: text("remote"),
    dockerfile: text("dockerfile"),
    tags: query
      .getAll("t")
      .filter((name) => name !== "")
      .map(tagOf),
    target: text("target"),
    platform: platform === "" ? undefined : parsePlatform(platform),
    isQuiet: queryFlag(query, "q"),
    usesCache: !queryFlag(query, "nocache"),
    pulls: queryFlag(query, "pull"),
    removes: queryFlag(query, "rm", true),
    removesFailed: queryFlag(query, "forcerm"),
    arguments: jsonOf(text("buildargs"), buildArgumentsSchema, {}),
    labels: jsonOf(text("labels"), v.record(v.string(), v.string()), {}),
    cacheFrom: jsonOf(text("cachefrom"), v.array(v.string()), []),
    hostConfig: hostRequest(query),
    credentials: credentialsByRegistry(headers),
    secrets: headerOf(headers, BUILD_SECRETS_HEADER, buildSecretsSchema) ?? {},
  };
}

/** "keep-storage" is the older name of "reserved-space". @throws BerthError invalidParameter */
function pruneOptionsOf(query: URLSearchParams): CachePruneOptions {
  const bytes = (name: string): number => numberOf(name, query.get(name) ?? "");
  return {
    all: queryFlag(query, "all"),
    reservedSpace: bytes("reserved-space") || bytes("keep-storage"),
    maxUsedSpace: bytes("max-used-space"),
    minFreeSpace: bytes("min-free-space"),
  };
}

const callSchema = v.picklist(["lint", "outline", "targets"]);

/** What only builds with events may ask for. @throws BerthError invalidParameter */
function graphOptionsOf(
  query: URLSearchParams,
): Pick<SolveRequest, "namedContexts" | "entitlements"> & Partial<SolveRequest> {
  const text = (name: string): string => query.get(name) ?? "";
  const contexts = jsonOf(text("contexts"), v.record(v.string(), v.string()), {});
  const stages = jsonOf(text("nocachefilter"), v.array(v.string()), []);
  const epoch = jsonOf(text("buildargs"), buildArgumentsSchema, {}).SOURCE_DATE_EPOCH ?? "";
  return {
    frontend: { type: "dockerfile" },
    namedContexts: Object.fromEntries(
      Object.entries(contexts).map(([name, source]) => [name.toLowerCase(), namedContextOf(name, source)]),
    ),
    entitlements: jsonOf(text("allow"), v.array(v.string()), []),
    ...(stages.length > 0 && !queryFlag(query, "nocache") ? { noCache: { stages } } : {}),
    ...(/^\d{1,12}$/.test(epoch) ? { sourceDateEpoch: Number(epoch) } : {}),
  };
}

function tagOf(name: string): ImageReference {
  const reference = parseReference(name);
  if (reference.digest === undefined) return requireTaggable(reference);
  throw new BerthError("invalidParameter", "build tag cannot contain a digest");
}

function hostRequest(query: URLSearchParams): HostRequest {
  const text = (name: string): string => query.get(name) ?? "";
  const number = (name: string): number => numberOf(name, text(name));
  return hostRequestOf({
    Memory: number("memory"),
    MemorySwap: number("memswap"),
    CpuShares: number("cpushares"),
    CpuPeriod: number("cpuperiod"),
    CpuQuota: number("cpuquota"),
    CpusetCpus: text("cpusetcpus"),
    CpusetMems: text("cpusetmems"),
    CgroupParent: text("cgroupparent"),
    ShmSize: number("shmsize"),
    Ulimits: jsonOf(text("ulimits"), v.array(ulimitSchema), []),
    ExtraHosts: query.getAll("extrahosts").filter((host) => host !== ""),
    SecurityOpt: query.getAll("securityopt").filter((option) => option !== ""),
    Isolation: text("isolation"),
    NetworkMode: text("networkmode"),
  });
}

function numberOf(name: string, text: string): number {
  if (text === "") return 0;
  const number = Number(text);
  if (Number.isInteger(number)) return number;
  throw new BerthError("invalidParameter", `strconv.ParseInt: parsing "${text}": invalid syntax (${name})`);
}

/** Nulls count as absent, as in Go. @throws BerthError invalidParameter */
function jsonOf<S extends Schema>(text: string, schema: S, absent: v.InferOutput<S>): v.InferOutput<S> {
  if (text === "" || text === "null") return absent;
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (thrown) {
    throw new BerthError("invalidParameter", `error reading build options: ${text}`, thrown);
  }
}

/** A header with base64 of JSON; an unreadable one is ignored, as by Docker. */
function headerOf<S extends Schema>(
  headers: ReadonlyMap<string, string>,
  name: string,
  schema: S,
): v.InferOutput<S> | undefined {
  const value = headers.get(name.toLowerCase());
  if (value === undefined || value === "") return undefined;
  try {
    const parsed = v.safeParse(schema, JSON.parse(Buffer.from(value, "base64url").toString("utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
