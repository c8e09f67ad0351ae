// The blobs and layers that one operation works with: held while it runs, and collected after it when nothing needs them.
import type { Layer } from "../../storage/layers.ts";
import type { ImageServices } from "./services.ts";

export class Lease implements Disposable {
  /** Whether nothing came of it yet: what can be gone on with is then kept among the partials. */
  isUnfinished = true;
  private readonly services: ImageServices;
  private readonly blobs = new Map<string, { release: () => void; isResumable: boolean }>();
  private readonly layers = new Map<number, () => void>();

  constructor(services: ImageServices) {
    this.services = services;
  }

  /** @param isResumable a later attempt goes on with this blob */
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
  /** The top ones first. */
  layers: readonly number[];
  blobs: readonly string[];
  /** Which blobs go among the partials instead of away. */
  isResumable?(digest: string): boolean;
}

/** Removes what nothing needs or holds any more of the candidates; answers the bytes this freed. */
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
