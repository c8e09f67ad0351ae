// Writes to a repository: blob checks, cross-repository mounts, uploads and manifests.
import { BerthError } from "../api/errors.ts";
import type { Connection } from "./connection.ts";
import { RegistryError, TransportError } from "./errors.ts";

export interface BlobUpload {
  digest: string;
  /** Bytes. */
  size: number;
  /** Opens the content from its start; called again when an upload is restarted. */
  read(): ReadableStream<Uint8Array>;
}

/** Whether the repository already has a blob. */
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
 * Mounts a blob from another repository of the registry.
 * @returns false when the registry refuses; the upload it started instead is then cancelled
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
    // Lack of access to the source repository does not fail the push.
    if (thrown instanceof RegistryError && thrown.httpStatus < 500) return false;
    throw thrown;
  }
}

/** Uploads a blob in one chunk. @throws RegistryError, TransportError */
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
  if (location === null) throw new TransportError("the registry's answer has no upload location");
  return connection.resolve(location);
}

/** Pushes a manifest by tag or digest. @throws RegistryError when the registry refuses it */
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
