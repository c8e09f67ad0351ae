// Downloads one blob into the content store: resumes partial downloads, retries after broken connections, and verifies
// the digest.
import { setTimeout as sleep } from "node:timers/promises";
import { BerthError, messageOf } from "../../api/errors.ts";
import { RegistryError, TransportError } from "../../registry/errors.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import type { Repository } from "../../registry/repository.ts";
import type { BlobWriter } from "../../storage/blob-writer.ts";
import type { ContentStore } from "../../storage/content.ts";
import { DISK_FULL } from "../../storage/disk-watch.ts";
import { delayAfter, isTransient } from "./retry.ts";

const RANGE_NOT_SATISFIABLE = 416;

export type DownloadEvent =
  /** Bytes; the file has `written` of them. */
  | { type: "downloading"; current: number; total: number; written: number }
  | { type: "verifying" }
  | { type: "verified"; size: number }
  | { type: "retrying"; seconds: number };

export interface Download {
  repository: Repository;
  descriptor: Descriptor;
  /** Maximum number of consecutive failures. */
  mostAttempts: number;
  signal: AbortSignal;
  onEvent(event: DownloadEvent): void;
}

/** @throws BerthError when the blob cannot be downloaded or verified; a partial download is kept for a resume */
export async function downloadBlob(content: ContentStore, download: Download): Promise<void> {
  const { descriptor, mostAttempts, signal, onEvent } = download;
  let failures = 0;
  let mayStartOver = true;
  for (;;) {
    const writer = await content.resume(descriptor.digest);
    const start = writer.length;
    try {
      await fetchRest(writer, download);
      onEvent({ type: "verifying" });
      const digest = await writer.verify(descriptor.size);
      onEvent({ type: "verified", size: descriptor.size });
      await writer.publish(digest);
      return;
    } catch (thrown) {
      // On a full disk the partial download is deleted instead of kept for a resume.
      const isFull = messageOf(thrown).includes(DISK_FULL);
      if (isFull || isStale(thrown) || writer.length > descriptor.size) await writer.discard();
      else await writer.suspend();
      if (signal.aborted) throw signal.reason;
      // The kept part may be corrupt: the blob is downloaded again from its start, once.
      if (start > 0 && mayStartOver && !isFull && isUntrue(thrown)) {
        mayStartOver = false;
        continue;
      }
      if (!isTransient(thrown)) throw thrown;
      failures = writer.length > start ? 1 : failures + 1;
      const seconds = delayAfter(failures, mostAttempts);
      if (seconds === undefined) throw thrown;
      onEvent({ type: "retrying", seconds });
      await sleep(seconds * 1000, undefined, { signal });
    }
  }
}

async function fetchRest(writer: BlobWriter, { repository, descriptor, signal, onEvent }: Download): Promise<void> {
  const { digest, size } = descriptor;
  if (writer.length >= size) return;
  const { total, chunks } = await repository.blob(digest, writer.length, signal);
  if (total !== undefined && total !== size) throw wrongSize(digest, total, size);
  for await (const chunk of chunks) {
    if (writer.length + chunk.length > size) throw wrongSize(digest, writer.length + chunk.length, size);
    await writer.append(chunk);
    onEvent({ type: "downloading", current: writer.length, total: size, written: writer.written });
  }
  if (writer.length < size) throw new TransportError("unexpected EOF");
}

function wrongSize(digest: string, came: number, wanted: number): BerthError {
  return new BerthError(
    "internal",
    `filesystem layer verification failed for digest ${digest}: ${came} bytes came instead of ${wanted}`,
  );
}

function isStale(thrown: unknown): boolean {
  return thrown instanceof RegistryError && thrown.httpStatus === RANGE_NOT_SATISFIABLE;
}

/** Whether the content is wrong, as opposed to missing. */
function isUntrue(thrown: unknown): boolean {
  const didNotCome = thrown instanceof TransportError || (thrown instanceof RegistryError && !isStale(thrown));
  return thrown instanceof BerthError && !didNotCome;
}
