// Downloads one blob into the content store: goes on where an earlier attempt ended, tries again when the way breaks,
// and believes nothing that does not verify.
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
  /** Bytes; `written` of them are in the file. */
  | { type: "downloading"; current: number; total: number; written: number }
  | { type: "verifying" }
  | { type: "verified"; size: number }
  | { type: "retrying"; seconds: number };

export interface Download {
  repository: Repository;
  descriptor: Descriptor;
  /** How often in a row it may fail. */
  mostAttempts: number;
  signal: AbortSignal;
  onEvent(event: DownloadEvent): void;
}

/** @throws BerthError when the blob cannot be had whole and true; what came of it is kept for the next time */
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
      await writer.settle(digest);
      return;
    } catch (thrown) {
      // A full disk is no place for what may be gone on with some day.
      const isFull = messageOf(thrown).includes(DISK_FULL);
      if (isFull || isStale(thrown) || writer.length > descriptor.size) await writer.discard();
      else await writer.suspend();
      if (signal.aborted) throw signal.reason;
      // The part that was kept may be what is wrong: once, everything is fetched again.
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

/** Whether what came does not fit together with what was there, as opposed to not having come. */
function isUntrue(thrown: unknown): boolean {
  const didNotCome = thrown instanceof TransportError || (thrown instanceof RegistryError && !isStale(thrown));
  return thrown instanceof BerthError && !didNotCome;
}
