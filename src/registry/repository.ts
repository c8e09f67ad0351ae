// Reads manifests, blobs and tags of one repository, from the first endpoint that has them.
import * as v from "valibot";
import { BerthError } from "../api/errors.ts";
import { type BlobStream, blobResponse } from "./blob-stream.ts";
import { readBody, readJson } from "./bodies.ts";
import { Connection } from "./connection.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { type Endpoint, endpointsOf, originsOf, type RegistrySettings } from "./endpoints.ts";
import { RegistryError, TransportError } from "./errors.ts";
import { ACCEPTED_MANIFESTS, type FetchedManifest, MAX_MANIFEST_SIZE, parseManifest } from "./manifest.ts";

export interface RepositoryOptions {
  domain: string;
  path: string;
  settings: RegistrySettings;
  credentials?: RegistryCredentials | undefined;
  signal?: AbortSignal | undefined;
}

/** The largest public repositories have some ten thousand. */
const MAX_TAGS = 100_000;

const tagsSchema = v.object({ tags: v.optional(v.nullable(v.array(v.string())), []) });

export class Repository {
  private readonly connections: Connection[];
  /** The connection that answered last: the blobs of a manifest are at the same endpoint. */
  private current: Connection;
  /** Whether {@link current} has answered. */
  private isFound = false;

  private constructor(connections: Connection[], first: Connection) {
    this.connections = connections;
    this.current = first;
  }

  /** For pulls: mirrors first, then the registry. */
  static async forPulling(options: RepositoryOptions): Promise<Repository> {
    return Repository.at(await endpointsOf(options.domain, options.settings), options, "pull");
  }

  /** For pushes: only the registry. */
  static async forPushing(options: RepositoryOptions): Promise<Repository> {
    return Repository.at(await originsOf(options.domain, options.settings), options, "pull,push");
  }

  private static at(endpoints: Endpoint[], options: RepositoryOptions, actions: string): Repository {
    const connections = endpoints.map((endpoint) => new Connection(endpoint, options, actions));
    const [first] = connections;
    if (!first) throw new BerthError("internal", `no endpoint is configured for the registry ${options.domain}`);
    return new Repository(connections, first);
  }

  /** The first connection that answers, for pushes. */
  async writable(): Promise<Connection> {
    await this.attempt((connection) => connection.ping());
    return this.current;
  }

  /** A manifest or index by tag or digest, its digest verified. @throws RegistryError, TransportError */
  manifest(reference: string): Promise<FetchedManifest> {
    return this.attempt(async (connection) => {
      const response = await connection.request("GET", `manifests/${reference}`, {
        headers: { Accept: ACCEPTED_MANIFESTS },
      });
      const bytes = await readBody(response, MAX_MANIFEST_SIZE);
      const digest = `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
      if (reference.includes(":") && reference !== digest) {
        throw new BerthError("internal", `manifest verification failed for digest ${reference}`);
      }
      const { mediaType, ...content } = parseManifest(bytes, response.headers.get("content-type") ?? "");
      return { digest, mediaType, bytes, content };
    });
  }

  /**
   * The digest of a tag by HEAD, which does not count as a pull. Not verified: only for finding out whether the image is
   * already here.
   */
  async digestOf(tag: string): Promise<string | undefined> {
    try {
      return await this.attempt(async (connection) => {
        const headers = { Accept: ACCEPTED_MANIFESTS };
        const response = await connection.request("HEAD", `manifests/${tag}`, { headers });
        return response.headers.get("docker-content-digest") ?? undefined;
      });
    } catch (thrown) {
      // Fetching the manifest will report the error.
      if (thrown instanceof RegistryError) return undefined;
      throw thrown;
    }
  }

  /** A blob's bytes from `offset` on, not verified. @throws RegistryError, TransportError */
  blob(digest: string, offset: number, signal?: AbortSignal): Promise<BlobStream> {
    return this.attempt(async (connection) => {
      const headers: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {};
      return blobResponse(await connection.request("GET", `blobs/${digest}`, { headers, signal }), offset);
    });
  }

  /** Every tag, page by page. @throws BerthError for a list without end */
  tags(): Promise<string[]> {
    return this.attempt(async (connection) => {
      const tags = new Set<string>();
      let path: string | undefined = "tags/list";
      while (path !== undefined) {
        const response: Response = await connection.request("GET", path);
        const page = v.safeParse(tagsSchema, await readJson(response, MAX_MANIFEST_SIZE));
        if (!page.success) throw new BerthError("internal", "invalid tag list from the registry");
        const known = tags.size;
        for (const tag of page.output.tags ?? []) tags.add(tag);
        path = nextPage(response);
        if (tags.size > MAX_TAGS) throw new BerthError("internal", `the repository has more than ${MAX_TAGS} tags`);
        if (path !== undefined && tags.size === known) {
          throw new BerthError("internal", "the registry's list of tags repeats itself");
        }
      }
      return [...tags];
    });
  }

  /**
   * Tries the endpoints in order, from the one that answered last. After any failure of a mirror the next endpoint is tried; a
   * refusal of the registry is final, and once it has answered over TLS there is no fallback to plain HTTP.
   */
  private async attempt<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const start = Math.max(this.connections.indexOf(this.current), 0);
    let failure: unknown;
    for (const connection of this.connections.slice(start)) {
      const { isMirror } = connection.endpoint;
      try {
        const result = await work(connection);
        this.current = connection;
        this.isFound = true;
        return result;
      } catch (thrown) {
        // The registry's own error takes precedence over a mirror's.
        failure = isMirror ? (failure ?? thrown) : thrown;
        const isRefusal = !isMirror && (this.isFound || !(thrown instanceof TransportError));
        if (isRefusal || !(thrown instanceof BerthError)) throw thrown;
      }
    }
    throw failure;
  }
}

/** The path of the next page from the Link header, relative to the repository. */
function nextPage(response: Response): string | undefined {
  const [, target = ""] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("link") ?? "") ?? [];
  const query = target.split("?")[1];
  return query === undefined ? undefined : `tags/list?${query}`;
}
