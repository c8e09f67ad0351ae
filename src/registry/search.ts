// Searches for images: with Docker Hub's search API, or in the catalog of any other registry.
import * as v from "valibot";
import { BerthError } from "../api/errors.ts";
import { authorize } from "./authorization.ts";
import { readJson } from "./bodies.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { DOCKER_HUB, type Endpoint, originsOf, type RegistrySettings } from "./endpoints.ts";
import { registryError, TransportError } from "./errors.ts";
import { MAX_MANIFEST_SIZE } from "./manifest.ts";
import { Transport } from "./transport.ts";

const HUB_SEARCH = "https://index.docker.io/v1/search";
const CATALOGUE_PAGE = 1000;
const MAX_PAGES = 100;

const hubSchema = v.object({
  results: v.array(
    v.object({
      name: v.string(),
      description: v.optional(v.nullable(v.string())),
      star_count: v.optional(v.number(), 0),
      is_official: v.optional(v.boolean(), false),
      is_automated: v.optional(v.boolean(), false),
    }),
  ),
});
const catalogueSchema = v.object({ repositories: v.optional(v.nullable(v.array(v.string()))) });

export interface SearchResult {
  name: string;
  description: string;
  stars: number;
  isOfficial: boolean;
  isAutomated: boolean;
}

export interface SearchRequest {
  domain: string;
  word: string;
  /** Maximum number of results. */
  limit: number;
  settings: RegistrySettings;
  credentials?: RegistryCredentials | undefined;
  signal?: AbortSignal | undefined;
}

/** @throws RegistryError, TransportError, BerthError */
export async function searchImages(request: SearchRequest): Promise<SearchResult[]> {
  let failure: unknown;
  for (const endpoint of await originsOf(request.domain, request.settings)) {
    try {
      return request.domain === DOCKER_HUB
        ? await searchHub(endpoint, request)
        : await searchCatalogue(endpoint, request);
    } catch (thrown) {
      failure = thrown;
      if (!(thrown instanceof TransportError)) throw thrown;
    }
  }
  throw failure;
}

async function searchHub(
  endpoint: Endpoint,
  { word, limit, settings, signal }: SearchRequest,
): Promise<SearchResult[]> {
  const url = new URL(HUB_SEARCH);
  url.searchParams.set("q", word);
  url.searchParams.set("n", String(limit));
  const found = v.safeParse(hubSchema, await fetchJson(new Transport(endpoint, settings), url, undefined, signal));
  if (!found.success) throw new BerthError("internal", "invalid search response from Docker Hub");
  return found.output.results.map((entry) => ({
    name: entry.name,
    description: entry.description ?? "",
    stars: entry.star_count,
    isOfficial: entry.is_official,
    isAutomated: entry.is_automated,
  }));
}

async function searchCatalogue(
  endpoint: Endpoint,
  { domain, word, limit, settings, credentials, signal }: SearchRequest,
): Promise<SearchResult[]> {
  const transport = new Transport(endpoint, settings);
  const names: string[] = [];
  let last = "";
  for (let page = 0; page < MAX_PAGES && names.length < limit; page++) {
    const url = new URL("/v2/_catalog", endpoint.base);
    url.searchParams.set("n", String(CATALOGUE_PAGE));
    if (last !== "") url.searchParams.set("last", last);
    const found = v.safeParse(catalogueSchema, await fetchJson(transport, url, credentials, signal));
    const repositories = found.success ? (found.output.repositories ?? []) : [];
    for (const name of repositories) if (name.includes(word)) names.push(name);
    last = repositories.at(-1) ?? "";
    if (repositories.length < CATALOGUE_PAGE) break;
  }
  return names.slice(0, limit).map((name) => ({
    name: `${domain}/${name}`,
    description: "",
    stars: 0,
    isOfficial: false,
    isAutomated: false,
  }));
}

async function fetchJson(
  transport: Transport,
  url: URL,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  let response = await transport.send(url, { method: "GET", signal });
  if (response.status === 401) {
    await response.body?.cancel();
    const { header } = await authorize(response, url, {
      transport,
      credentials,
      scopes: ["registry:catalog:*"],
      signal,
    });
    response = await transport.send(url, { method: "GET", authorization: header, signal });
  }
  if (response.status >= 400) throw await registryError(response, "GET", url);
  return readJson(response, MAX_MANIFEST_SIZE);
}
