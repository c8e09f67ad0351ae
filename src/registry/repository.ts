// One repository of a registry: its manifests, blobs and tags, from the first of its endpoints that has them.
import * as v from "valibot";
import { BerthError } from "../api/errors.ts";
import type { RegistryCredentials } from "../api/images.ts";
import { type BlobStream, blobResponse } from "./blob-stream.ts";
import { readBody, readJson } from "./bodies.ts";
import { Connection } from "./connection.ts";
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
  /** The connection that last had what was asked for: where a manifest is, its blobs are. */
  private current: Connection;
  /** Whether {@link current} has answered yet. */
  private isFound = false;

  private constructor(connections: Connection[], first: Connection) {
    this.connections = connections;
    this.current = first;
  }

  /** For reading: from mirrors, then from the registry itself. */
  static async forPulling(options: RepositoryOptions): Promise<Repository> {
    return Repository.at(await endpointsOf(options.domain, options.settings), options, "pull");
  }

  /** For writing: the registry itself. */
  static async forPushing(options: RepositoryOptions): Promise<Repository> {
    return Repository.at(await originsOf(options.domain, options.settings), options, "pull,push");
  }

  private static at(endpoints: Endpoint[], options: RepositoryOptions, actions: string): Repository {
    const connections = endpoints.map((endpoint) => new Connection(endpoint, options, actions));
    const [first] = connections;
    if (!first) throw new BerthError("internal", `no endpoint of the registry ${options.domain} is allowed`);
    return new Repository(connections, first);
  }

  /** The connection pushes go through, once one was found that answers. */
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
   * The digest a tag stands for, where the registry tells it without sending the manifest, which some of them count.
   * Not verified: good for finding out what is here already.
   */
  async digestOf(tag: string): Promise<string | undefined> {
    try {
      return await this.attempt(async (connection) => {
        const headers = { Accept: ACCEPTED_MANIFESTS };
        const response = await connection.request("HEAD", `manifests/${tag}`, { headers });
        return response.headers.get("docker-content-digest") ?? undefined;
      });
    } catch (thrown) {
      // What there is to say shows when the manifest itself is asked for.
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
        if (!page.success) throw new BerthError("internal", "the registry's list of tags cannot be read");
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
   * Tries the endpoints in turn, beginning with the one that answered last. A mirror may fail in any way; the registry's
   * own refusal is final, and once it has answered over TLS it is
   * never asked plainly.
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
        // What the registry itself says counts more than what a mirror said.
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
