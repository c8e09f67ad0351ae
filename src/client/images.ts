// Calls for images.
import type { PruneBuildCacheAnswer } from "../api/build.ts";
import type { ContainerConfig } from "../api/container-config.ts";
import type {
  DistributionInspect,
  ImageDeleteEntry,
  ImageHistoryEntry,
  ImageInspect,
  ImageSearchEntry,
  ImageSummary,
  ProgressLine,
  PruneImagesAnswer,
  RegistryCredentials,
} from "../api/images.ts";
import type { PrunePlan } from "../api/prune.ts";
import { familiarRepository, type ImageReference, parseReference, repositoryOf } from "../api/references.ts";
import type { BuildOptions } from "./build.ts";
import type { Connection } from "./connection.ts";
import type { Filters, Query } from "./query.ts";
import type { Bytes } from "./streams.ts";

export interface PullOptions {
  /** All tags of the repository; the reference then has none. */
  allTags?: boolean | undefined;
  platform?: string | undefined;
  credentials?: RegistryCredentials | undefined;
  signal?: AbortSignal | undefined;
}

export interface ImportOptions {
  /** The name of the new image. */
  reference?: Reference | undefined;
  message?: string | undefined;
  /** Dockerfile instructions. */
  changes?: string[] | undefined;
  platform?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface CommitOptions {
  /** The name of the new image. */
  reference?: Reference | undefined;
  author?: string | undefined;
  comment?: string | undefined;
  changes?: string[] | undefined;
  /** Pause the container meanwhile; true by default. */
  pause?: boolean | undefined;
  config?: ContainerConfig | undefined;
}

export interface PruneBuildCacheOptions {
  /** Also what later builds may use. */
  all?: boolean | undefined;
  /** Bytes that the cache keeps in any case, uses at most, and leaves free on the disk. */
  reservedSpace?: number | undefined;
  maxUsedSpace?: number | undefined;
  minFreeSpace?: number | undefined;
  filters?: Filters | undefined;
}

const pruneQuery = (options: PruneBuildCacheOptions): Query => ({
  all: options.all,
  // The older of two names, which every engine knows.
  "keep-storage": options.reservedSpace,
  "max-used-space": options.maxUsedSpace,
  "min-free-space": options.minFreeSpace,
  filters: options.filters,
});

/** Slashes in image names are not encoded. */
const pathOf = (image: string): string => `/images/${encodeURI(image)}`;

/** The value of X-Registry-Auth: base64url of the JSON. */
function encodeCredentials(credentials: RegistryCredentials = {}): Record<string, string> {
  const text = Buffer.from(JSON.stringify(credentials)).toString("base64");
  return { "X-Registry-Auth": text.replaceAll("+", "-").replaceAll("/", "_") };
}

/** An image reference as people write it, or already parsed. */
export type Reference = string | ImageReference;

/** The two parameters of the API that a reference is sent as; a digest takes the place of the tag. */
export function parametersOf(reference: Reference): { name: string; tag: string } {
  const parsed = typeof reference === "string" ? parseReference(reference) : reference;
  return { name: familiarRepository(repositoryOf(parsed)), tag: parsed.digest ?? parsed.tag ?? "" };
}

/** As {@link parametersOf}, for routes that call the name "repo". */
function repositoryOfRequest(reference: Reference | undefined): { repo?: string; tag?: string | undefined } {
  if (reference === undefined || reference === "") return {};
  const { name, tag } = parametersOf(reference);
  return { repo: name, tag: tag || undefined };
}

export class Images {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(
    options: { all?: boolean; sharedSize?: boolean; manifests?: boolean; filters?: Filters } = {},
  ): Promise<ImageSummary[]> {
    const query = {
      all: options.all,
      "shared-size": options.sharedSize,
      manifests: options.manifests,
      filters: options.filters,
    };
    return this.#connection.json("GET", "/images/json", { query });
  }

  /** Lines of progress; one with `error` is a failure. */
  pull(reference: Reference, options: PullOptions = {}): AsyncGenerator<ProgressLine> {
    const { name, tag } = parametersOf(reference);
    return this.#connection.lines("POST", "/images/create", {
      query: {
        fromImage: name,
        tag: options.allTags ? undefined : tag || "latest",
        platform: options.platform || undefined,
      },
      headers: encodeCredentials(options.credentials),
      signal: options.signal,
    });
  }

  /** Creates an image from a filesystem: a tar archive, or a URL that the engine fetches. */
  import(
    source: ReadableStream<Uint8Array> | Blob | string,
    options: ImportOptions = {},
  ): AsyncGenerator<ProgressLine> {
    const query = {
      fromSrc: typeof source === "string" ? source : "-",
      ...repositoryOfRequest(options.reference),
      message: options.message || undefined,
      changes: options.changes ?? [],
      platform: options.platform || undefined,
    };
    const body = typeof source === "string" ? {} : { body: source, contentType: "application/x-tar" };
    return this.#connection.lines("POST", "/images/create", { query, signal: options.signal, ...body });
  }

  /** Loads what `save` wrote, or an OCI layout in a tar archive. */
  load(
    archive: ReadableStream<Uint8Array> | Blob,
    options: { quiet?: boolean; platforms?: string[]; signal?: AbortSignal } = {},
  ): AsyncGenerator<ProgressLine> {
    const query = { quiet: options.quiet, platform: options.platforms ?? [] };
    return this.#connection.lines("POST", "/images/load", {
      query,
      body: archive,
      contentType: "application/x-tar",
      signal: options.signal,
    });
  }

  save(images: string[], options: { platforms?: string[]; signal?: AbortSignal } = {}): Bytes {
    const query = { names: images, platform: options.platforms ?? [] };
    return this.#connection.bytes("GET", "/images/get", { query, signal: options.signal });
  }

  inspect(image: string, options: { platform?: string } = {}): Promise<ImageInspect> {
    return this.#connection.json("GET", `${pathOf(image)}/json`, { query: { platform: options.platform } });
  }

  /** The engine's JSON unchanged. */
  inspectText(image: string, options: { platform?: string } = {}): Promise<string> {
    return this.#connection.text("GET", `${pathOf(image)}/json`, { query: { platform: options.platform } });
  }

  history(image: string, options: { platform?: string } = {}): Promise<ImageHistoryEntry[]> {
    return this.#connection.json("GET", `${pathOf(image)}/history`, { query: { platform: options.platform } });
  }

  /** The manifest that a name has in its registry, without pulling it. */
  inspectDistribution(
    reference: string,
    options: { credentials?: RegistryCredentials; signal?: AbortSignal } = {},
  ): Promise<DistributionInspect> {
    return this.#connection.json("GET", `/distribution/${encodeURI(reference)}/json`, {
      headers: options.credentials ? encodeCredentials(options.credentials) : {},
      signal: options.signal,
    });
  }

  push(
    reference: Reference,
    options: { allTags?: boolean; platform?: string; credentials?: RegistryCredentials; signal?: AbortSignal } = {},
  ): AsyncGenerator<ProgressLine> {
    const { name, tag } = parametersOf(reference);
    return this.#connection.lines("POST", `${pathOf(name)}/push`, {
      query: { tag: options.allTags ? undefined : tag || "latest", platform: options.platform },
      headers: encodeCredentials(options.credentials),
      signal: options.signal,
    });
  }

  tag(source: string, target: Reference): Promise<void> {
    return this.#connection.done("POST", `${pathOf(source)}/tag`, { query: repositoryOfRequest(target) });
  }

  remove(
    image: string,
    options: { force?: boolean; noPrune?: boolean; platforms?: string[] } = {},
  ): Promise<ImageDeleteEntry[]> {
    const query = { force: options.force, noprune: options.noPrune, platforms: options.platforms ?? [] };
    return this.#connection.json("DELETE", pathOf(image), { query });
  }

  search(
    term: string,
    options: { limit?: number | undefined; filters?: Filters; credentials?: RegistryCredentials } = {},
  ): Promise<ImageSearchEntry[]> {
    return this.#connection.json("GET", "/images/search", {
      query: { term, limit: options.limit, filters: options.filters },
      headers: options.credentials ? encodeCredentials(options.credentials) : {},
    });
  }

  /**
   * Builds an image from a Dockerfile. A line's `aux` has the ID of a created image; the last one is the build's.
   * @param context a tar archive with the Dockerfile in it, compressed or not, or the URL of one that the engine fetches
   */
  async *build(
    context: ReadableStream<Uint8Array> | Blob | string,
    options: BuildOptions = {},
  ): AsyncGenerator<ProgressLine> {
    const { buildRequest } = await import("./build.ts");
    yield* this.#connection.lines("POST", "/build", buildRequest(context, options));
  }

  /** Cancels the build with this ID, as leaving its loop does. */
  cancelBuild(buildId: string): Promise<void> {
    return this.#connection.done("POST", "/build/cancel", { query: { id: buildId } });
  }

  pruneBuildCache(options: PruneBuildCacheOptions = {}): Promise<PruneBuildCacheAnswer> {
    return this.#connection.json("POST", "/build/prune", { query: pruneQuery(options) });
  }

  /** Berth extension: what that prune would remove; nothing is removed. */
  planPruneBuildCache(options: PruneBuildCacheOptions = {}): Promise<PrunePlan> {
    return this.#connection.json("POST", "/build/prune", { query: { ...pruneQuery(options), dryRun: true } });
  }

  /** Berth extension: carries out a plan, skipping what has changed since. */
  applyPruneBuildCache(planId: string): Promise<PruneBuildCacheAnswer> {
    return this.#connection.json("POST", "/build/prune", { query: { plan: planId } });
  }

  prune(filters?: Filters): Promise<PruneImagesAnswer> {
    return this.#connection.json("POST", "/images/prune", { query: { filters } });
  }

  /** Berth extension: what a prune with these filters would remove; nothing is removed. */
  planPrune(filters?: Filters): Promise<PrunePlan> {
    return this.#connection.json("POST", "/images/prune", { query: { filters, dryRun: true } });
  }

  /** Berth extension: carries out a plan, skipping what has changed since. */
  applyPrune(planId: string): Promise<PruneImagesAnswer> {
    return this.#connection.json("POST", "/images/prune", { query: { plan: planId } });
  }

  /** Creates an image from a container's changes. */
  commit(container: string, options: CommitOptions = {}): Promise<{ Id: string }> {
    const query = {
      container,
      ...repositoryOfRequest(options.reference),
      author: options.author || undefined,
      comment: options.comment || undefined,
      changes: options.changes ?? [],
      pause: options.pause === false ? "0" : undefined,
    };
    return this.#connection.json("POST", "/commit", { query, json: options.config ?? null });
  }
}
