// Opens build contexts: archives and Dockerfiles from the client or a URL become file trees.
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import { readUntil } from "../../../registry/bodies.ts";
import { detectCompression } from "../../../storage/archive/compression.ts";
import { Source } from "../../../storage/build/spawn.ts";
import { type EngineServices, ownerOnHost } from "../engine-services.ts";
import type { BuildSession, DirectoryRequest } from "../session.ts";
import type { ContextSource } from "../solve-request.ts";
import { isUrl, openUrl } from "../steps/downloads.ts";
import { MAX_DOCKERFILE_SIZE } from "./dockerfile.ts";
import { fetchRepository, resolveCommit } from "./git.ts";
import { parseGitSource } from "./git-source.ts";
import type { ContextTrees } from "./trees.ts";

export const DEFAULT_DOCKERFILE = "Dockerfile";
/** Offset of the magic "ustar" in modern tar archives. */
const TAR_MARK = { offset: 257, text: "ustar" } as const;

export interface ContextPlace {
  services: EngineServices;
  session: BuildSession;
  /** Where the tree is created. */
  directory: string;
  signal: AbortSignal;
  /** Store of trees for later builds; undefined for trees not worth keeping. */
  trees?: ContextTrees | undefined;
  /** Called with the bytes transferred so far of a client's directory. */
  onTransfer?(bytes: number): void;
  /** Registers a callback for when the build no longer reads the tree. */
  onRelease(release: () => void): void;
}

export interface OpenContext {
  source: Source;
  /** Whether the client sent a Dockerfile instead of an archive; it is the only file. */
  isDockerfile: boolean;
}

/**
 * @param part the part needed of a client's directory
 * @throws BerthError in Docker's words
 */
export async function openContext(
  context: ContextSource,
  place: ContextPlace,
  part: Partial<DirectoryRequest> = {},
): Promise<OpenContext> {
  const { session, signal } = place;
  switch (context.type) {
    case "archive":
      return { source: await unpacked(context.body, place), isDockerfile: false };
    case "upload":
      return fromStream(session.upload(context.id, signal), place);
    case "url": {
      if (!isUrl(context.url)) {
        throw new BerthError("internal", `remoteURL (${context.url}) could not be recognized as URL`);
      }
      const { body } = await openUrl(context.url, signal);
      return fromStream(body ?? new Blob([]).stream(), place);
    }
    case "git": {
      const git = parseGitSource(context.remote);
      const commit = await resolveCommit(git, place);
      const keepsGitDirectory = git.keepsGitDirectory ?? context.keepsGitDirectory ?? false;
      const directory = await fetchRepository(git, commit, place.directory, { keepsGitDirectory }, place);
      return { source: await unpacked(undefined, { ...place, directory }), isDockerfile: false };
    }
    case "directory": {
      const request = { followPaths: [], include: [], exclude: [], ...part, name: context.name };
      return { source: await transferred(request, place), isDockerfile: false };
    }
    case "empty":
      return { source: await unpacked(undefined, place), isDockerfile: false };
  }
}

/** A client's directory: transfers only the differences to the kept tree of the same context. */
async function transferred(request: DirectoryRequest, place: ContextPlace): Promise<Source> {
  const { session, signal, trees } = place;
  const key = trees ? session.sharedKey(request.name) : "";
  const kept = key === "" ? undefined : trees?.take(`${request.name} ${key}`);
  if (kept) place.onRelease(() => kept.release());
  const before = kept?.files ?? new Map();
  const transfer = session.directory(request, before, signal);
  const archive = counted(transfer.archive, (bytes) => place.onTransfer?.(bytes));
  const source = await unpacked(archive, kept ? { ...place, directory: kept.directory } : place);
  const now = await transfer.tree();
  const gone = [...before.keys()].filter((path) => !now.has(path));
  if (gone.length > 0) await source.remove(gone.map((path) => Buffer.from(path, "latin1").toString()));
  kept?.save(now);
  return source;
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  report: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    report(bytes);
    yield chunk;
  }
}

/** Unpacks an archive to a directory. */
async function unpacked(
  archive: AsyncIterable<Uint8Array> | undefined,
  { services, directory, signal }: ContextPlace,
): Promise<Source> {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  // `RUN --mount` shows the context to commands: its files belong to root, regardless of the archive.
  const { uid, gid } = ownerOnHost(services, 0, 0);
  chownSync(directory, uid, gid);
  const source = new Source({ type: "directory", path: directory }, archive, ownerOnHost(services, 0, 0));
  const stop = (): void => void source.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await source.ready();
    return source;
  } catch (thrown) {
    await source.close();
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** An archive, or a Dockerfile that becomes the whole context. */
async function fromStream(stream: AsyncIterable<Uint8Array>, place: ContextPlace): Promise<OpenContext> {
  const chunks = stream[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < TAR_MARK.offset + TAR_MARK.text.length) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array, void, void> {
    yield start;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  const isArchive =
    detectCompression(start) !== "none" || start.toString("latin1", TAR_MARK.offset).startsWith(TAR_MARK.text);
  if (isArchive) return { source: await unpacked(whole(), place), isDockerfile: false };
  const text = Buffer.concat(await Array.fromAsync(readUntil({ body: whole() }, MAX_DOCKERFILE_SIZE)));
  if (text.length > MAX_DOCKERFILE_SIZE) {
    throw new BerthError("invalidParameter", `the Dockerfile is larger than ${MAX_DOCKERFILE_SIZE} bytes`);
  }
  mkdirSync(place.directory, { recursive: true, mode: 0o755 });
  writeFileSync(join(place.directory, DEFAULT_DOCKERFILE), text);
  return { source: await unpacked(undefined, place), isDockerfile: true };
}
