// A build's context: unpacked from what the client sends or a URL gives, and the Dockerfile in it.
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { readUntil } from "../../registry/bodies.ts";
import { detectCompression } from "../../storage/archive/compression.ts";
import { exclusionOf } from "../../storage/build/exclusions.ts";
import { Source } from "../../storage/build/spawn.ts";
import { isUrl, openUrl } from "./downloads.ts";
import { type BuildHost, ownerOnHost } from "./host.ts";
import type { BuildRequest } from "./request.ts";

const LARGEST_DOCKERFILE = 16 * 1024 * 1024;
const IGNORE_FILE = ".dockerignore";
const DEFAULT_DOCKERFILE = "Dockerfile";
/** Where every tar archive of today says that it is one. */
const TAR_MARK = { offset: 257, text: "ustar" } as const;

export interface Context {
  source: Source;
  dockerfile: string;
}

/** @param directory the context is unpacked here. @throws BerthError in Docker's words */
export async function openContext(
  host: BuildHost,
  request: BuildRequest,
  body: AsyncIterable<Uint8Array>,
  directory: string,
  signal: AbortSignal,
): Promise<Context> {
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  mkdirSync(directory, { mode: 0o755 });
  // Commands see it by `RUN --mount`, and it is their root's, whoever it was packed by.
  const owner = ownerOnHost(host, 0, 0);
  chownSync(directory, owner.uid, owner.gid);
  const archive = request.remote === "" ? body : await remoteContext(request.remote, directory, signal);
  const name = (archive && request.dockerfile) || DEFAULT_DOCKERFILE;
  const source = new Source({ type: "directory", path: directory }, archive, owner);
  const stop = (): void => void source.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await source.ready();
    const dockerfile = await readDockerfile(source, name);
    await leaveOut(source, name);
    return { source, dockerfile };
  } catch (thrown) {
    await source.close();
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** An archive, or undefined when the URL is of a Dockerfile, which then is the whole context. */
async function remoteContext(
  url: string,
  directory: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (!isUrl(url) || /\.git(?:#.*)?$/.test(url)) {
    throw new BerthError(
      "notImplemented",
      `the engine does not fetch a context from ${url}: clone the repository and build from its directory`,
    );
  }
  const { body } = await openUrl(url, signal);
  const chunks: AsyncIterator<Uint8Array> = (body ?? new Blob([]).stream())[Symbol.asyncIterator]();
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
  if (isArchive) return whole();
  const text = Buffer.concat(await Array.fromAsync(readUntil({ body: whole() }, LARGEST_DOCKERFILE)));
  if (text.length > LARGEST_DOCKERFILE) {
    throw new BerthError("invalidParameter", `the Dockerfile at ${url} is larger than ${LARGEST_DOCKERFILE} bytes`);
  }
  writeFileSync(join(directory, DEFAULT_DOCKERFILE), text);
  return undefined;
}

async function readDockerfile(source: Source, name: string): Promise<string> {
  const content = await source.read(name, LARGEST_DOCKERFILE);
  if (content === undefined) throw new BerthError("invalidParameter", `Cannot locate specified Dockerfile: ${name}`);
  if (content.length === 0) throw new BerthError("invalidParameter", `the Dockerfile (${name}) cannot be empty`);
  return content.toString("utf8");
}

/** Clients send these two also where they are to be left out: only the build itself needs them. */
async function leaveOut(source: Source, dockerfile: string): Promise<void> {
  const content = await source.read(IGNORE_FILE, LARGEST_DOCKERFILE);
  if (content === undefined) return;
  const lines = content.toString("utf8").split(/\r?\n/);
  const excludes = exclusionOf(lines.filter((line) => line.trim() !== "" && !line.startsWith("#")));
  await source.remove([IGNORE_FILE, dockerfile].filter((path) => excludes(path)));
}
