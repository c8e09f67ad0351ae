// Holds the blobs and layers of one operation while it runs, and collects unused ones afterwards.
import type { Layer } from "../../storage/layers.ts";
import type { ImageServices } from "./services.ts";

export class Lease implements Disposable {
  /** Whether the operation has not succeeded yet: resumable blobs are then kept as partial downloads. */
  isUnfinished = true;
  private readonly services: ImageServices;
  private readonly blobs = new Map<string, { release: () => void; isResumable: boolean }>();
  private readonly layers = new Map<number, () => void>();

  constructor(services: ImageServices) {
    this.services = services;
  }

  /** @param isResumable whether a later attempt can resume this blob */
  holdBlob(digest: string, isResumable = false): void {
    if (this.blobs.has(digest)) return;
    this.blobs.set(digest, { release: this.services.content.hold(digest), isResumable });
  }

  holdLayer(layer: Layer): void {
    if (!this.layers.has(layer.number)) this.layers.set(layer.number, this.services.layers.hold(layer));
  }

  [Symbol.dispose](): void {
    for (const { release } of this.blobs.values()) release();
    for (const release of this.layers.values()) release();
    const isResumable = (digest: string): boolean => this.isUnfinished && this.blobs.get(digest)?.isResumable === true;
    const candidates = { layers: [...this.layers.keys()].reverse(), blobs: [...this.blobs.keys()], isResumable };
    collect(this.services, candidates);
  }
}

export interface Candidates {
  /** Top layers first. */
  layers: readonly number[];
  blobs: readonly string[];
  /** Whether a blob is kept as a partial download instead of deleted. */
  isResumable?(digest: string): boolean;
}

/** Removes candidates that nothing uses or holds; returns the bytes freed. */
export function collect({ content, layers, records }: ImageServices, candidates: Candidates): number {
  let freed = 0;
  for (const number of candidates.layers) {
    for (const { size } of layers.drop(number)) freed += size;
  }
  const stray = records.dropStrayLayerBlobs();
  for (const digest of new Set([...candidates.blobs, ...stray])) {
    if (records.needsBlob(digest)) continue;
    if (candidates.isResumable?.(digest)) content.demote(digest);
    else freed += content.remove(digest);
  }
  return freed;
}
