// `import`: creates an image of one layer from a tar archive.
import { BerthError } from "../../api/errors.ts";
import { hostPlatform, type Platform } from "../../api/platforms.ts";
import type { ImageReference } from "../../api/references.ts";
import { timestampNow } from "../../api/time.ts";
import { openWebFile } from "../../registry/download.ts";
import { asLayer, detectCompression } from "../../storage/archive/compression.ts";
import { readStart } from "../../storage/archive/file-start.ts";
import { applyChanges } from "./changes.ts";
import { ingestLayer } from "./ingest.ts";
import { Lease } from "./lease.ts";
import { layerMediaType } from "./media-types.ts";
import { Progress, type TellProgress } from "./progress.ts";
import type { ImageServices } from "./services.ts";
import { publish, storeImage } from "./store-image.ts";

export interface ImportRequest {
  /** Source of the archive, compressed or not: "-" is `body`, anything else a URL. */
  origin: string;
  body: AsyncIterable<Uint8Array>;
  tell: TellProgress;
  signal?: AbortSignal;
  reference?: ImageReference;
  changes: readonly string[];
  message?: string;
  platform?: Platform;
}

/** Creates the image and returns its ID. @throws BerthError for invalid changes or an invalid archive */
export async function importImage(services: ImageServices, request: ImportRequest): Promise<string> {
  const { origin, reference, message, platform = hostPlatform } = request;
  if (platform.os !== "linux") throw new BerthError("invalidParameter", "operating system is not supported");
  const config = applyChanges({}, request.changes);
  const { content, layers, records } = services;
  using lease = new Lease(services);
  const { digest, size, unpacked } = await ingestLayer(services, asLayer(await sourceOf(services, request)));
  lease.holdBlob(digest);
  const layer = layers.attach(await unpacked, undefined);
  if (!layer) throw new BerthError("internal", "a layer without others below cannot depend on them");
  lease.holdLayer(layer);
  const mediaType = layerMediaType(detectCompression(readStart(content.path(digest))));
  records.addLayerBlob({ digest, diffId: layer.diffId, mediaType, size });
  const created = timestampNow();
  const comment = message || `Imported from ${origin}`;
  const id = await storeImage(
    services,
    lease,
    {
      ...platform,
      created,
      comment,
      config,
      rootfs: { type: "layers", diff_ids: [layer.diffId] },
      history: [{ created, comment }],
    },
    { topLayer: layer.number, reference },
  );
  publish(services, "import", id, id);
  return id;
}

async function sourceOf(
  { config }: ImageServices,
  { origin, body, tell, signal }: ImportRequest,
): Promise<AsyncIterable<Uint8Array>> {
  if (origin === "-") return body;
  const url = URL.parse(origin.includes("://") ? origin : `http://${origin}`);
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new BerthError("invalidParameter", `unsupported protocol scheme: ${origin}`);
  }
  const { size = 0, chunks } = await openWebFile(url, config, signal);
  tell({ type: "downloading", url: url.href });
  return reported(chunks, size, new Progress(tell, ""));
}

async function* reported(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  progress: Progress,
): AsyncGenerator<Uint8Array, void, void> {
  let done = 0;
  for await (const chunk of chunks) {
    yield chunk;
    done += chunk.length;
    progress.at("importing", done, size);
  }
}
