// Makes a layer from a container's changes, which stay in place: they are packed and unpacked again.
import { BerthError } from "../../api/errors.ts";
import type { Layer, LooseLayer } from "../../storage/layers.ts";
import { runJob } from "../../storage/worker/spawn.ts";
import { Arrival } from "./arrival.ts";
import type { Lease } from "./lease.ts";
import { layerMediaType } from "./media-types.ts";
import type { ImageServices } from "./services.ts";

/** The new layer; undefined when the container changed nothing. */
export async function packLayer(
  services: ImageServices,
  source: string,
  below: Layer | undefined,
  lease: Lease,
): Promise<Layer | undefined> {
  const packed = await services.content.receive((file) => packAndUnpack(services, source, below, file));
  return keepLayer(services, packed, below, lease);
}

/** A layer's archive in the content store and the unpacked layer. */
export interface PackedLayer {
  digest: string;
  /** Bytes of the archive. */
  size: number;
  isEmpty: boolean;
  loose: LooseLayer;
}

/** Attaches a layer to its parent; an empty one is discarded and the result undefined. */
export function keepLayer(
  { layers, records }: ImageServices,
  { digest, size, isEmpty, loose }: PackedLayer,
  below: Layer | undefined,
  lease: Lease,
): Layer | undefined {
  lease.holdBlob(digest);
  if (isEmpty) {
    layers.discardLoose(loose);
    return undefined;
  }
  const layer = layers.attach(loose, below);
  if (layer?.diffId !== digest) throw new BerthError("internal", "the layer is not what was packed");
  lease.holdLayer(layer);
  records.addLayerBlob({ digest, diffId: digest, mediaType: layerMediaType("none"), size });
  return layer;
}

/** Packs the changes into `file`, which is unpacked at the same time. */
async function packAndUnpack(
  { layers }: ImageServices,
  source: string,
  below: Layer | undefined,
  { path, descriptor }: { path: string; descriptor: number },
): Promise<PackedLayer> {
  const arrival = new Arrival();
  const unpacking = layers.unpackLoose({ descriptor, growth: arrival.growth() }, {}, below);
  const packing = runJob(
    { job: "pack", source, archive: path, lower: layers.directories(below?.number) },
    { onMessage: (message) => message.type === "progress" && arrival.grow(message.done) },
  ).then((answer) => {
    if (answer.type !== "packed") throw new BerthError("internal", "a storage worker ended without an answer");
    arrival.complete(answer.size);
    return answer;
  });
  packing.catch((thrown: unknown) => arrival.fail(thrown));
  // When one fails, the other is aborted.
  await Promise.allSettled([packing, unpacking]);
  const { digest, size, isEmpty } = await packing;
  return { digest, size, isEmpty, loose: await unpacking };
}
