// A container's files, read and written through the engine's archive API: no process is started in the container.
import { createTarDecoder, packTar, unpackTar } from "modern-tar";
import type { PathStat } from "../../../api/containers.ts";
import { RequestError, request } from "../engine/requests.ts";
import { texts } from "../texts/index.ts";

export interface FileEntry {
  /** Path below the listed directory, without leading or trailing slash. */
  path: string;
  kind: "file" | "directory" | "link" | "other";
  /** Bytes. */
  size: number;
  mode: number;
  modified: Date;
  target: string;
}

export interface Listing {
  entries: FileEntry[];
  /** False when the directory was too large to read completely. */
  isComplete: boolean;
}

const MAX_LISTED_BYTES = 256 * 1024 * 1024;
const MAX_ENTRIES = 50_000;
/** Larger files are downloaded instead of shown. */
export const MAX_SHOWN_BYTES = 1024 * 1024;

/** Lists everything below a directory. The archive includes the files' content, which is discarded. */
export async function list(container: string, directory: string, signal: AbortSignal): Promise<Listing> {
  const query = { path: directory };
  const response = await request("GET", `/containers/${container}/archive`, { query, signal });
  const entries: FileEntry[] = [];
  let read = 0;
  const { readable, writable } = createTarDecoder();
  const cancel = new AbortController();
  const piped = response.body?.pipeTo(writable, { signal: cancel.signal }).catch(() => {});
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const { header, body } = value;
    await body.cancel();
    read += header.size;
    // Names start with the directory's own name.
    const path = header.name.replace(/\/+$/, "").split("/").slice(1).join("/");
    if (path !== "") {
      entries.push({
        path,
        kind: kindOf(header.type ?? "file"),
        size: header.size,
        mode: header.mode ?? 0,
        modified: header.mtime ?? new Date(0),
        target: header.linkname ?? "",
      });
    }
    if (read > MAX_LISTED_BYTES || entries.length > MAX_ENTRIES) {
      cancel.abort();
      return { entries, isComplete: false };
    }
  }
  await piped;
  return { entries, isComplete: true };
}

function kindOf(type: string): FileEntry["kind"] {
  if (type === "directory" || type === "file") return type;
  return type === "symlink" || type === "link" ? "link" : "other";
}

/** Bits of a mode. Source: Go, io/fs.FileMode. */
const MODE_DIRECTORY = 2 ** 31;
const MODE_LINK = 2 ** 27;
const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

export type Place = { kind: "directory"; path: string } | { kind: "file"; path: string; size: number };

/** What a path refers to, after following links. @throws Error when it does not exist */
export async function locate(container: string, path: string): Promise<Place> {
  const stat = await statOf(container, path);
  if (!hasBit(stat.mode, MODE_LINK)) return placeOf(path, stat);
  return placeOf(stat.linkTarget, await statOf(container, stat.linkTarget));
}

function placeOf(path: string, { mode, size }: PathStat): Place {
  return hasBit(mode, MODE_DIRECTORY) ? { kind: "directory", path } : { kind: "file", path, size };
}

async function statOf(container: string, path: string): Promise<PathStat> {
  const { headers } = await request("HEAD", `/containers/${container}/archive`, { query: { path } }).catch(
    (thrown: unknown) => {
      // A HEAD response has no body with a message.
      if (thrown instanceof RequestError && thrown.status === 404) throw new Error(texts.value.files.missing(path));
      throw thrown;
    },
  );
  const text = atob(headers.get("x-docker-container-path-stat") ?? "");
  const stat: PathStat = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (byte) => byte.charCodeAt(0))));
  return stat;
}

/** The content of one file. */
export async function readFile(container: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request("GET", `/containers/${container}/archive`, { query: { path } });
  const [entry] = response.body ? await unpackTar(response.body) : [];
  return entry?.data ?? new Uint8Array();
}

export async function upload(container: string, directory: string, files: readonly File[]): Promise<void> {
  const body = await archiveOf(files.map((file) => ({ name: file.name, file })));
  await request("PUT", `/containers/${container}/archive`, {
    query: { path: directory },
    body,
    headers: { "content-type": "application/x-tar" },
  });
}

/** An archive of files chosen by the user. */
export async function archiveOf(files: readonly { name: string; file: File }[]): Promise<Blob> {
  const entries = await Promise.all(
    files.map(async ({ name, file }) => ({
      header: { name, size: file.size, mode: 0o644, mtime: new Date(file.lastModified) },
      body: await file.arrayBuffer(),
    })),
  );
  return new Blob([await packTar(entries)]);
}

export const join = (directory: string, name: string): string => `${directory.replace(/\/$/, "")}/${name}`;
