// The blobs and layers that one operation works with: held while it runs, and collected after it when nothing needs them.
import type { Layer } from "../../storage/layers.ts";
import type { ImageServices } from "./services.ts";

export class Work implements AsyncDisposable {
  /** Whether blobs that nothing came to need are kept among the partials: a broken pull goes on with them. */
  keepsBlobs = false;
  private readonly services: ImageServices;
  private readonly blobs = new Map<string, () => void>();
  private readonly layers = new Map<number, () => void>();

  constructor(services: ImageServices) {
    this.services = services;
  }

  holdBlob(digest: string): void {
    if (!this.blobs.has(digest)) this.blobs.set(digest, this.services.content.hold(digest));
  }

  holdLayer(layer: Layer): void {
    if (!this.layers.has(layer.number)) this.layers.set(layer.number, this.services.layers.hold(layer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of [...this.blobs.values(), ...this.layers.values()]) release();
    await collect(this.services, {
      layers: [...this.layers.keys()].reverse(),
      blobs: [...this.blobs.keys()],
      keepsBlobs: this.keepsBlobs,
    });
  }
}

export interface Candidates {
  /** The top ones first. */
  layers: readonly number[];
  blobs: readonly string[];
  keepsBlobs?: boolean;
}

/** Removes what nothing needs or holds any more of the candidates; answers the bytes this freed. */
export async function collect(
  { content, layers, records }: ImageServices,
  { layers: numbers, blobs, keepsBlobs = false }: Candidates,
): Promise<number> {
  let freed = 0;
  for (const number of numbers) {
    for (const { size } of await layers.drop(number)) freed += size;
  }
  const stray = records.dropStrayLayerBlobs();
  for (const digest of new Set([...blobs, ...stray])) {
    if (records.needsBlob(digest)) continue;
    if (keepsBlobs) content.demote(digest);
    else freed += await content.remove(digest);
  }
  return freed;
}
