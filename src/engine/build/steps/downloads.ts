// Downloads for builds: contexts, Dockerfiles, sources of `ADD`.
import { createWriteStream, mkdirSync, utimesSync } from "node:fs";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BerthError, messageOf } from "../../../api/errors.ts";
import { PRODUCT, VERSION } from "../../../api/product.ts";
import { readUntil } from "../../../registry/bodies.ts";

const FIRST_ERROR = 400;
const MAX_ERROR_BODY = 1000;
/** Timeout for a connection without data, in milliseconds. */
const SILENCE_LIMIT = 60_000;
/** Maximum size of one file in bytes. */
const MAX_DOWNLOAD = 16 * 1024 ** 3;
const NAMELESS = "__unnamed__";
/** Names the client that servers know, as browsers do. */
const USER_AGENT = `buildkit/v${VERSION} (compatible; ${PRODUCT})`;

export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** @throws BerthError internal in Docker's words */
export async function openUrl(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal, timeout: SILENCE_LIMIT, headers: { "User-Agent": USER_AGENT } });
  } catch (thrown) {
    signal.throwIfAborted();
    throw new BerthError("internal", `failed to GET ${url}: ${messageOf(thrown)}`, thrown);
  }
  if (response.status < FIRST_ERROR) return response;
  const body = Buffer.concat(await Array.fromAsync(readUntil(response, MAX_ERROR_BODY)));
  const text = body.toString("utf8", 0, MAX_ERROR_BODY);
  throw new BerthError(
    "internal",
    `failed to GET ${url} with status ${response.status} ${response.statusText}: ${text}: error processing response: ${response.statusText}`,
  );
}

export interface Download {
  /** The name by the URL or the Content-Disposition header; "" without one. */
  name: string;
  /** The file's name in the directory. */
  file: string;
  /** "sha256:…" of the content. */
  digest: string;
}

/** Downloads a file to a new directory. @throws BerthError */
export async function download(url: string, directory: string, signal: AbortSignal): Promise<Download> {
  const response = await openUrl(url, signal);
  const name = nameOf(url, response.headers);
  const file = name || NAMELESS;
  const path = join(directory, file);
  const hash = new Bun.CryptoHasher("sha256");
  async function* hashed(): AsyncGenerator<Uint8Array, void, void> {
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > MAX_DOWNLOAD) {
        throw new BerthError("invalidParameter", `failed to GET ${url}: larger than ${MAX_DOWNLOAD} bytes`);
      }
      hash.update(chunk);
      yield chunk;
    }
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await pipeline(
    Readable.from(hashed(), { objectMode: false }),
    createWriteStream(path, { flags: "wx", mode: 0o600 }),
    {
      signal,
    },
  );
  const modified = new Date(response.headers.get("last-modified") ?? 0);
  const time = Number.isNaN(modified.getTime()) ? new Date(0) : modified;
  utimesSync(path, time, time);
  return { name, file, digest: `sha256:${hash.digest("hex")}` };
}

/** The last part of the URL's path, or the name in Content-Disposition. */
function nameOf(url: string, headers: Headers): string {
  const { pathname } = new URL(url);
  const last = pathname.endsWith("/") ? "" : posix.basename(decodeURIComponent(pathname));
  const [, quoted, plain] =
    /filename="([^"]*)"|filename=([^;\s]+)/i.exec(headers.get("content-disposition") ?? "") ?? [];
  const name = posix.basename(last || (quoted ?? plain ?? ""));
  return [".", ".."].includes(name) || name.includes("\0") ? "" : name;
}
