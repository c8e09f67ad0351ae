// The archives of an image's layers as they go to registries and files: compressed once, and kept so.
import { BerthError } from "../../api/errors.ts";
import { runJob } from "../../storage/worker/spawn.ts";
import type { Lease } from "./lease.ts";
import { layerMediaType } from "./media-types.ts";
import type { LayerBlob } from "./records.ts";
import type { ImageServices } from "./services.ts";

/** The archives of a layer that are here. */
export function archivesHere({ content, records }: ImageServices, diffId: string): LayerBlob[] {
  return records.layerBlobs(diffId).filter(({ digest }) => content.has(digest));
}

const isCompressed = ({ mediaType }: LayerBlob): boolean => /gzip$|zstd$/.test(mediaType);

/**
 * The archive of a layer as it is, compressed if one such is here.
 * @throws BerthError conflict when the engine is set to keep none
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

/** A compressed archive of a layer; the uncompressed one is replaced by what is made of it. @throws BerthError */
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
