// The body of a blob response from the requested offset on, whether or not the registry supports ranges.
import { TransportError } from "./errors.ts";

export interface BlobStream {
  /** Size of the whole blob in bytes, if the registry sent it. */
  total: number | undefined;
  chunks: AsyncIterable<Uint8Array>;
}

/** @throws TransportError when the response starts at another offset */
export function blobResponse(response: Response, offset: number): BlobStream {
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  if (offset === 0 || response.status !== 206) {
    const total = Number.isFinite(length) ? length : undefined;
    return { total, chunks: from(response, offset) };
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  if (!range || Number(range[1]) !== offset)
    throw new TransportError("the registry answered with another range than asked for");
  return { total: range[2] === "*" ? undefined : Number(range[2]), chunks: from(response, 0) };
}

/** The body without its first `skipped` bytes, for registries that ignore ranges. */
async function* from(response: Response, skipped: number): AsyncGenerator<Uint8Array, void, void> {
  let left = skipped;
  try {
    for await (const chunk of response.body ?? []) {
      if (left >= chunk.length) left -= chunk.length;
      else {
        yield left === 0 ? chunk : chunk.subarray(left);
        left = 0;
      }
    }
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "AbortError") throw thrown;
    throw new TransportError("unexpected EOF", thrown);
  }
}
