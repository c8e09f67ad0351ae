// The archives of layers for push and save: compressed once and kept.
import { BerthError } from "../../api/errors.ts";
import { runJob } from "../../storage/worker/spawn.ts";
import type { Lease } from "./lease.ts";
import { layerMediaType } from "./media-types.ts";
import type { LayerBlob } from "./records.ts";
import type { ImageServices } from "./services.ts";

/** The local archives of a layer. */
export function archivesHere({ content, records }: ImageServices, diffId: string): LayerBlob[] {
  return records.layerBlobs(diffId).filter(({ digest }) => content.has(digest));
}

const isCompressed = ({ mediaType }: LayerBlob): boolean => /gzip$|zstd$/.test(mediaType);

/**
 * An archive of a layer, preferably a compressed one.
 * @throws BerthError conflict when the engine is configured to keep none
 */
export function archiveOf(services: ImageServices, diffId: string): LayerBlob {
  const archives = archivesHere(services, diffId);
  const archive = archives.find(isCompressed) ?? archives[0];
  if (archive) return archive;
  throw new BerthError(
    "conflict",
    `the archive of layer ${diffId} was not kept (keep-layer-archives is off): pull the image again with the setting on`,
  );
}

/** A compressed archive of a layer; it replaces the uncompressed one. @throws BerthError */
export async function compressedArchiveOf(services: ImageServices, lease: Lease, diffId: string): Promise<LayerBlob> {
  const archive = archiveOf(services, diffId);
  lease.holdBlob(archive.digest);
  if (isCompressed(archive)) return archive;
  const { content, records } = services;
  const compressed = await content.receive(async ({ path }) => {
    const answer = await runJob({ job: "compress", source: content.path(archive.digest), archive: path });
    if (answer.type !== "compressed") throw new BerthError("internal", "a storage worker ended without an answer");
    return answer;
  });
  lease.holdBlob(compressed.digest);
  const blob = { digest: compressed.digest, diffId, mediaType: layerMediaType("gzip"), size: compressed.size };
  records.atomically(() => {
    records.addLayerBlob(blob);
    records.removeLayerBlob(archive.digest);
  });
  return blob;
}
