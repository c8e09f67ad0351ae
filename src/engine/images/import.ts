// `import`: an image of one layer, made from a tar.
import { BerthError } from "../../api/errors.ts";
import type { ImageReference } from "../../api/references.ts";
import { timestampNow } from "../../api/time.ts";
import { asLayer, detectCompression } from "../../storage/archive/compression.ts";
import { readStart } from "../../storage/archive/file-start.ts";
import { applyChanges } from "./changes.ts";
import { layerMediaType } from "./media-types.ts";
import { hostPlatform, type Platform } from "./platform.ts";
import type { ImageServices } from "./services.ts";
import { publish, storeImage, tagImage } from "./store-image.ts";
import { takeInLayer } from "./take-in.ts";
import { Work } from "./work.ts";

export interface ImportRequest {
  /** The archive, compressed or not. */
  source: AsyncIterable<Uint8Array>;
  /** What the archive is called in the image's history. */
  origin: string;
  reference?: ImageReference;
  changes: readonly string[];
  message?: string;
  platform?: Platform;
}

/** Makes the image and answers its ID. @throws BerthError for changes or an archive that cannot be read */
export async function importImage(services: ImageServices, request: ImportRequest): Promise<string> {
  const { source, origin, reference, message, platform = hostPlatform } = request;
  const config = applyChanges({}, request.changes);
  const { content, layers, records } = services;
  using work = new Work(services);
  const { digest, size, unpacked } = await takeInLayer(services, asLayer(source));
  work.holdBlob(digest);
  const layer = layers.attach(await unpacked, undefined);
  if (!layer) throw new BerthError("internal", "a layer without others below cannot depend on them");
  work.holdLayer(layer);
  const mediaType = layerMediaType(detectCompression(readStart(content.path(digest))));
  records.addLayerBlob({ digest, diffId: layer.diffId, mediaType, size });
  const created = timestampNow();
  const comment = message || `Imported from ${origin}`;
  const { id } = await storeImage(
    services,
    work,
    {
      ...platform,
      created,
      comment,
      config,
      rootfs: { type: "layers", diff_ids: [layer.diffId] },
      history: [{ created, comment }],
    },
    { topLayer: layer.number },
  );
  publish(services, "import", id, id);
  if (reference) tagImage(services, id, reference);
  return id;
}
