// `commit`: an image of what a container has made of the one it stands on.
import type { ContainerConfig } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import type { ImageReference } from "../../api/references.ts";
import { timestampNow } from "../../api/time.ts";
import type { Layer } from "../../storage/layers.ts";
import { runJob } from "../../storage/worker/spawn.ts";
import { applyChanges } from "./changes.ts";
import type { ImageConfig } from "./configuration.ts";
import type { Image } from "./image.ts";
import { layerMediaType } from "./media-types.ts";
import { hostPlatform } from "./platform.ts";
import type { ImageServices } from "./services.ts";
import { storeImage, tagImage } from "./store-image.ts";
import { Work } from "./work.ts";

export interface CommitRequest {
  /** The container's writable layer: overlay's upper directory, at rest. */
  upper: string;
  /** The image it stands on; undefined for one that was made from nothing. */
  parent: Image | undefined;
  /** The container's configuration, the base of the image's. */
  config: ContainerConfig;
  /** Dockerfile instructions. */
  changes: readonly string[];
  author: string;
  comment: string;
  /** The command the history tells of. */
  createdBy: string;
  reference?: ImageReference;
}

/** Makes the image and answers its ID. @throws BerthError */
export async function commitImage(services: ImageServices, request: CommitRequest): Promise<string> {
  const { parent, author, comment, createdBy, reference } = request;
  const config = applyChanges(request.config, request.changes);
  using work = new Work(services);
  const below = parentLayer(services, parent, work);
  const layer = await packLayer(services, request.upper, below, work);
  const created = timestampNow();
  const history = { created, created_by: createdBy, ...(author ? { author } : {}), ...(comment ? { comment } : {}) };
  const imageConfig: ImageConfig = {
    ...platformOf(parent),
    created,
    ...(author ? { author } : {}),
    ...(comment ? { comment } : {}),
    config,
    rootfs: {
      type: "layers",
      diff_ids: [...(parent?.config.rootfs.diff_ids ?? []), ...(layer ? [layer.diffId] : [])],
    },
    history: [...(parent?.config.history ?? []), layer ? history : { ...history, empty_layer: true }],
  };
  const topLayer = layer?.number ?? below?.number;
  const { id } = await storeImage(services, work, imageConfig, { topLayer, parent: parent?.id ?? "" });
  if (reference) tagImage(services, id, reference);
  return id;
}

function parentLayer({ layers }: ImageServices, parent: Image | undefined, work: Work): Layer | undefined {
  const number = parent?.record.topLayer;
  const layer = number === undefined ? undefined : layers.byId(number);
  if (layer) work.holdLayer(layer);
  return layer;
}

/** The new layer; undefined when the container changed nothing. */
async function packLayer(
  { content, layers, records }: ImageServices,
  source: string,
  below: Layer | undefined,
  work: Work,
): Promise<Layer | undefined> {
  const lower = layers.directories(below?.number);
  const packed = await content.receive(async (archive) => {
    const answer = await runJob({ job: "pack", source, archive, lower });
    if (answer.type !== "packed") throw new BerthError("internal", "a storage worker ended without an answer");
    return answer;
  });
  work.holdBlob(packed.digest);
  if (packed.entries === 0) return undefined;
  const layer = await layers.unpack(content.path(packed.digest), below, { diffId: packed.digest });
  work.holdLayer(layer);
  const { digest, size } = packed;
  records.addLayerBlob({ digest, diffId: layer.diffId, mediaType: layerMediaType("none"), size });
  return layer;
}

function platformOf(parent: Image | undefined): Pick<ImageConfig, "os" | "architecture" | "variant" | "os.version"> {
  if (!parent) return hostPlatform;
  const { os, architecture, variant } = parent.config;
  return { os, architecture, ...(variant === undefined ? {} : { variant }), ...osVersionOf(parent) };
}

function osVersionOf({ config }: Image): { "os.version"?: string } {
  return config["os.version"] === undefined ? {} : { "os.version": config["os.version"] };
}
