// Queries of registries: logins, searches, distribution inspect.
import { BerthError } from "../../api/errors.ts";
import { type ImageReference, parseReference, withDefaultTag } from "../../api/references.ts";
import { readBody } from "../../registry/bodies.ts";
import type { RegistryCredentials } from "../../registry/credentials.ts";
import { login } from "../../registry/login.ts";
import type { FetchedManifest } from "../../registry/manifest.ts";
import { Repository } from "../../registry/repository.ts";
import { type SearchResult, searchImages } from "../../registry/search.ts";
import type { EngineConfig } from "../config.ts";
import type { Filters } from "../filters.ts";
import { parseImageConfig } from "./configuration.ts";
import { translatePullError } from "./registry-words.ts";

export const SEARCH_FILTERS = ["is-official", "is-automated", "stars"] as const;

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;
const MAX_CONFIG_SIZE = 8 * 1024 * 1024;

/** Answers a token to keep instead of the password; "" for none. @throws BerthError unauthorized */
export function checkLogin(
  config: EngineConfig,
  credentials: RegistryCredentials,
  signal?: AbortSignal,
): Promise<string> {
  return login(credentials, config, signal);
}

export interface SearchQuery {
  /** A word, or "host/word" to search that registry's catalog. */
  term: string;
  /** 0 is the default. */
  limit: number;
  filters: Filters;
  credentials?: RegistryCredentials | undefined;
  signal?: AbortSignal | undefined;
}

export async function search(config: EngineConfig, query: SearchQuery): Promise<SearchResult[]> {
  const { term, filters, credentials, signal } = query;
  const limit = query.limit === 0 ? DEFAULT_LIMIT : query.limit;
  if (!(limit >= 1 && limit <= MAX_LIMIT)) {
    throw new BerthError("invalidParameter", `Limit ${query.limit} is outside the range of [1, ${MAX_LIMIT}]`);
  }
  if (term === "" || term.includes("://")) throw new BerthError("invalidParameter", "invalid search term");
  const slash = term.indexOf("/");
  const first = slash === -1 ? "" : term.slice(0, slash);
  const isRegistry = first === "localhost" || /[.:]/.test(first);
  const domain = isRegistry ? parseReference(`${first}/x`).domain : "docker.io";
  const word = isRegistry ? term.slice(slash + 1) : term;
  const found = await searchImages({ domain, word, limit, settings: config, credentials, signal });
  const isOfficial = filters.flag("is-official");
  const isAutomated = filters.flag("is-automated");
  const stars = Math.max(0, ...filters.values("stars").map(Number));
  if (Number.isNaN(stars)) {
    throw new BerthError("invalidParameter", `invalid filter 'stars=${filters.values("stars").join(" ")}'`);
  }
  return found.filter(
    (entry) =>
      (isOfficial === undefined || entry.isOfficial === isOfficial) &&
      (isAutomated === undefined || entry.isAutomated === isAutomated) &&
      entry.stars >= stars,
  );
}

/** What a registry has under a name. */
export interface Distribution {
  descriptor: { mediaType: string; digest: string; size: number };
  platforms: { architecture: string; os: string; variant?: string | undefined; "os.version"?: string | undefined }[];
}

/** The descriptor and platforms of a reference in its registry. @throws BerthError notFound */
export async function inspectDistribution(
  config: EngineConfig,
  text: string,
  credentials: RegistryCredentials | undefined,
  signal?: AbortSignal,
): Promise<Distribution> {
  const reference: ImageReference = withDefaultTag(parseReference(text));
  const { domain, path } = reference;
  try {
    const repository = await Repository.forPulling({ domain, path, settings: config, credentials, signal });
    const found = await repository.manifest(reference.digest ?? reference.tag ?? "");
    const { mediaType, digest, bytes } = found;
    return {
      descriptor: { mediaType, digest, size: bytes.length },
      platforms: await platformsOf(repository, found),
    };
  } catch (thrown) {
    throw translatePullError(thrown, reference);
  }
}

async function platformsOf(repository: Repository, { content }: FetchedManifest): Promise<Distribution["platforms"]> {
  if (content.type === "index") return content.index.manifests.flatMap(({ platform }) => platform ?? []);
  const { chunks } = await repository.blob(content.manifest.config.digest, 0);
  const { architecture, os, variant } = parseImageConfig(await readBody({ body: chunks }, MAX_CONFIG_SIZE));
  return [{ architecture, os, ...(variant ? { variant } : {}) }];
}
