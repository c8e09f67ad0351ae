// `commit`: an image of what a container has made of the one it stands on.
import { existsSync } from "node:fs";
import type { ContainerConfig } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import type { ImageReference } from "../../api/references.ts";
import { timestampNow } from "../../api/time.ts";
import type { Layer, LooseLayer } from "../../storage/layers.ts";
import { runJob } from "../../storage/worker/spawn.ts";
import { Arrival } from "./arrival.ts";
import { applyChanges } from "./changes.ts";
import type { ImageConfig } from "./configuration.ts";
import type { Image } from "./image.ts";
import { layerMediaType } from "./media-types.ts";
import type { ImageServices } from "./services.ts";
import { storeImage, tagImage } from "./store-image.ts";
import { Work } from "./work.ts";

export interface CommitRequest {
  /** The container's writable layer: overlay's upper directory, at rest; not there before the first start. */
  upper: string;
  /** The image it stands on. */
  parent: Image;
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
  const layer = existsSync(request.upper) ? await packLayer(services, request.upper, below, work) : undefined;
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
      diff_ids: [...parent.config.rootfs.diff_ids, ...(layer ? [layer.diffId] : [])],
    },
    history: [...parent.config.history, layer ? history : { ...history, empty_layer: true }],
  };
  const topLayer = layer?.number ?? below?.number;
  const { id } = await storeImage(services, work, imageConfig, { topLayer, parent: parent.id });
  if (reference) tagImage(services, id, reference);
  return id;
}

function parentLayer({ layers }: ImageServices, parent: Image, work: Work): Layer | undefined {
  const number = parent.record.topLayer;
  const layer = number === undefined ? undefined : layers.byId(number);
  if (layer) work.holdLayer(layer);
  return layer;
}

/** The new layer; undefined when the container changed nothing. */
async function packLayer(
  services: ImageServices,
  source: string,
  below: Layer | undefined,
  work: Work,
): Promise<Layer | undefined> {
  const { content, layers, records } = services;
  const { digest, size, isEmpty, loose } = await content.receive((file) =>
    packAndUnpack(services, source, below, file),
  );
  work.holdBlob(digest);
  if (isEmpty) {
    layers.discardLoose(loose);
    return undefined;
  }
  const layer = layers.attach(loose, below);
  if (layer?.diffId !== digest) throw new BerthError("internal", "the layer is not what was packed");
  work.holdLayer(layer);
  records.addLayerBlob({ digest, diffId: digest, mediaType: layerMediaType("none"), size });
  return layer;
}

/** Packs the changes into `file`, which is unpacked into the new layer as it grows. */
async function packAndUnpack(
  { layers }: ImageServices,
  source: string,
  below: Layer | undefined,
  { path, descriptor }: { path: string; descriptor: number },
): Promise<{ digest: string; size: number; isEmpty: boolean; loose: LooseLayer }> {
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
  // Neither goes on when the other has failed.
  await Promise.allSettled([packing, unpacking]);
  const { digest, size, isEmpty } = await packing;
  return { digest, size, isEmpty, loose: await unpacking };
}

function platformOf(parent: Image): Pick<ImageConfig, "os" | "architecture" | "variant" | "os.version"> {
  const { os, architecture, variant } = parent.config;
  return { os, architecture, ...(variant === undefined ? {} : { variant }), ...osVersionOf(parent) };
}

function osVersionOf({ config }: Image): { "os.version"?: string } {
  return config["os.version"] === undefined ? {} : { "os.version": config["os.version"] };
}
