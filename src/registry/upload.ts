// Writing to a repository: which blobs it has, blobs it can take over from its neighbours, uploads, manifests.
import { BerthError } from "../api/errors.ts";
import type { Connection } from "./connection.ts";
import { RegistryError, TransportError } from "./errors.ts";

export interface BlobUpload {
  digest: string;
  /** Bytes. */
  size: number;
  /** The bytes from the start; asked for again when an upload has to begin anew. */
  read(): ReadableStream<Uint8Array>;
}

/** Whether the repository has a blob already. */
export async function hasBlob(connection: Connection, digest: string): Promise<boolean> {
  try {
    const response = await connection.request("HEAD", `blobs/${digest}`);
    await response.body?.cancel();
    return true;
  } catch (thrown) {
    if (thrown instanceof RegistryError && thrown.httpStatus === 404) return false;
    throw thrown;
  }
}

/**
 * Asks the registry to take a blob over from another of its repositories.
 * @returns false when it will not; then nothing is left begun
 */
export async function mountBlob(connection: Connection, digest: string, from: string): Promise<boolean> {
  connection.addScope(`repository:${from}:pull`);
  const query = new URLSearchParams({ mount: digest, from });
  try {
    const response = await connection.request("POST", `blobs/uploads/?${query}`);
    await response.body?.cancel();
    if (response.status === 201) return true;
    const location = response.headers.get("location");
    if (location) await connection.request("DELETE", connection.resolve(location)).catch(() => {});
    return false;
  } catch (thrown) {
    // Not being allowed to read there is no failure of the push.
    if (thrown instanceof RegistryError && thrown.httpStatus < 500) return false;
    throw thrown;
  }
}

/** Uploads a blob in one piece. @throws RegistryError, TransportError */
export async function uploadBlob(connection: Connection, { digest, size, read }: BlobUpload): Promise<void> {
  const begun = await connection.request("POST", "blobs/uploads/");
  await begun.body?.cancel();
  const sent = await connection.request("PATCH", locationOf(begun, connection), {
    headers: {
      "Content-Type": "application/octet-stream",
      "Content-Length": String(size),
      "Content-Range": `0-${Math.max(size - 1, 0)}`,
    },
    body: read(),
  });
  await sent.body?.cancel();
  const target = locationOf(sent, connection);
  target.searchParams.set("digest", digest);
  const ended = await connection.request("PUT", target, { headers: { "Content-Type": "application/octet-stream" } });
  await ended.body?.cancel();
}

function locationOf(response: Response, connection: Connection): URL {
  const location = response.headers.get("location");
  if (location === null) throw new TransportError("the registry did not say where to upload to");
  return connection.resolve(location);
}

/** Stores a manifest under a tag, or under its own digest. @throws RegistryError when it is refused */
export async function putManifest(
  connection: Connection,
  reference: string,
  { mediaType, bytes, digest }: { mediaType: string; bytes: Uint8Array; digest: string },
): Promise<void> {
  const response = await connection.request("PUT", `manifests/${reference}`, {
    headers: { "Content-Type": mediaType },
    body: bytes,
  });
  await response.body?.cancel();
  const stored = response.headers.get("docker-content-digest");
  if (stored !== null && stored !== digest) {
    throw new BerthError("internal", `the registry stored the manifest as ${stored} instead of ${digest}`);
  }
}
