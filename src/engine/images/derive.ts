// Derives an image from another one, or from scratch, by a layer, a configuration, or both.
import type { ContainerConfig } from "../../api/container-config.ts";
import { hostPlatform, type Platform } from "../../api/platforms.ts";
import type { ImageReference } from "../../api/references.ts";
import { timestampNow } from "../../api/time.ts";
import type { LayerChange } from "../../storage/build/messages.ts";
import type { LayerMaker } from "../../storage/build/spawn.ts";
import { chainIds, type Layer } from "../../storage/layers.ts";
import type { HistoryEntry, ImageConfig } from "./configuration.ts";
import type { Image } from "./image.ts";
import { Lease } from "./lease.ts";
import { keepLayer, packLayer } from "./pack-layer.ts";
import type { ImageServices } from "./services.ts";
import { type StoredImage, storeImage } from "./store-image.ts";

export interface Derivation {
  /** Undefined for an image from scratch. */
  parent: Image | undefined;
  /** Of an image from scratch; the host's by default. */
  platform?: Platform | undefined;
  config: ContainerConfig;
  author: string;
  comment: string;
  /** The history entry's `created_by`. */
  createdBy: string;
  /** A tag for the new image. */
  reference?: ImageReference | undefined;
}

/** Where a step's layer comes from: what a worker is to do, what a container has changed, or another image's top layer. */
export type LayerSource =
  | { change: LayerChange }
  | { upper: string; mountPoints: string[]; isTaken: boolean }
  | { topOf: Image };

export interface StepRequest extends Derivation {
  /** Whether the image is a result of the build cache: not listed, and known by its full ID alone. */
  isHidden?: boolean;
  /** Whether a layer that changes nothing is one nevertheless. */
  keepsEmptyLayers?: boolean;
  /** Seconds since 1970: maximum modification time of the layer's files. */
  epoch?: number | undefined;
  /** Without it the image has its parent's layers. A directory of changes is moved, not copied. */
  layer?: LayerSource;
  maker: LayerMaker;
  signal: AbortSignal;
}

/** Creates the image of a build step and returns its ID. @throws BerthError; the reason of `signal` when aborted */
export async function deriveByStep(services: ImageServices, request: StepRequest): Promise<string> {
  using lease = new Lease(services);
  const below = topLayerOf(services, request.parent, lease);
  const layer = request.layer && (await layerOf(services, request.layer, below, lease, request));
  const { isHidden = false } = request;
  // Docker announces the images of the classic builder's containers, and not those of its copies.
  const isAnnounced = !isHidden && !(request.layer && "change" in request.layer);
  return await deriveImage(services, lease, request, below, layer, { isHidden, isAnnounced });
}

/** Undefined when nothing changed. */
function layerOf(
  services: ImageServices,
  source: LayerSource,
  below: Layer | undefined,
  lease: Lease,
  by: Pick<StepRequest, "maker" | "signal" | "keepsEmptyLayers" | "epoch">,
): Promise<Layer | undefined> {
  if ("topOf" in source) return movedLayer(services, source.topOf, below, lease);
  if ("change" in source) return madeLayer(services, by, source.change, below, lease);
  const { upper, mountPoints, isTaken } = source;
  if (!isTaken) return packLayer(services, upper, below, lease);
  const change = { type: "adopt", placeholders: mountPoints } as const;
  return madeLayer(services, by, change, below, lease, upper);
}

/** Stores the image with `layer` on top of `below`, the parent's top layer. */
export function deriveImage(
  services: ImageServices,
  lease: Lease,
  { parent, platform, config, author, comment, createdBy, reference }: Derivation,
  below: Layer | undefined,
  layer: Layer | undefined,
  { isHidden, isAnnounced }: Pick<StoredImage, "isHidden" | "isAnnounced">,
): Promise<string> {
  const created = timestampNow();
  const words = { ...(author ? { author } : {}), ...(comment ? { comment } : {}) };
  const entry: HistoryEntry = { created, created_by: createdBy, ...words, ...(layer ? {} : { empty_layer: true }) };
  const imageConfig: ImageConfig = {
    ...(parent ? platformOf(parent) : (platform ?? hostPlatform)),
    created,
    ...words,
    config,
    rootfs: {
      type: "layers",
      diff_ids: [...(parent?.config.rootfs.diff_ids ?? []), ...(layer ? [layer.diffId] : [])],
    },
    history: [...(parent?.config.history ?? []), entry],
  };
  const topLayer = layer?.number ?? below?.number;
  const parentId = parent?.id ?? "";
  return storeImage(services, lease, imageConfig, { topLayer, parent: parentId, isHidden, isAnnounced, reference });
}

/** The top layer of an image, held by the lease. */
export function topLayerOf({ layers }: ImageServices, image: Image | undefined, lease: Lease): Layer | undefined {
  const number = image?.record.topLayer;
  const layer = number === undefined ? undefined : layers.byId(number);
  if (layer) lease.holdLayer(layer);
  return layer;
}

/** @param taken the directory of changes that becomes the layer */
async function madeLayer(
  services: ImageServices,
  {
    maker,
    signal,
    keepsEmptyLayers = false,
    epoch,
  }: Pick<StepRequest, "maker" | "signal" | "keepsEmptyLayers" | "epoch">,
  change: LayerChange,
  below: Layer | undefined,
  lease: Lease,
  taken?: string,
): Promise<Layer | undefined> {
  const { content, layers } = services;
  const packed = await content.receive(async ({ path }) => {
    let made: { archiveSize: number; isEmpty: boolean } = { archiveSize: 0, isEmpty: true };
    const loose = await layers.makeLoose(
      below,
      async ({ upper, work }) => {
        const lower = layers.directories(below?.number);
        const answer = await maker.make(
          { lower, upper, work, archive: path, change, ...(epoch === undefined ? {} : { epoch }) },
          signal,
        );
        made = answer;
        return answer;
      },
      taken,
    );
    const isEmpty = made.isEmpty && !keepsEmptyLayers;
    return { digest: loose.diffId, size: made.archiveSize, isEmpty, loose };
  });
  return keepLayer(services, packed, below, lease);
}

/** The top layer of an image on top of another one: the same archive, seen against other files. */
async function movedLayer(
  services: ImageServices,
  image: Image,
  below: Layer | undefined,
  lease: Lease,
): Promise<Layer | undefined> {
  const { content, layers, records } = services;
  const top = topLayerOf(services, image, lease);
  if (top === undefined) return undefined;
  const blob = records.layerBlobs(top.diffId).find(({ digest }) => content.has(digest));
  const layer = blob
    ? await layers.unpack(content.path(blob.digest), below, { diffId: top.diffId })
    : await packLayer(services, layers.directory(top.number), below, lease);
  if (layer) lease.holdLayer(layer);
  return layer;
}

/** An image put together of files that are here and a configuration made here. */
export interface Assembly {
  /** Whose files it has; undefined for none. */
  root: Image | undefined;
  config: Omit<ImageConfig, "rootfs">;
}

/** Creates the image that a build exports and returns its ID. */
export async function assembleImage(services: ImageServices, { root, config }: Assembly): Promise<string> {
  using lease = new Lease(services);
  const top = topLayerOf(services, root, lease);
  const rootfs = { type: "layers", diff_ids: root?.config.rootfs.diff_ids ?? [] };
  return await storeImage(services, lease, { ...config, rootfs }, { topLayer: top?.number, isAnnounced: true });
}

/** A hidden image of the first layers of another one: what one of the steps on the way to it came to. */
export async function stemImage(
  services: ImageServices,
  image: Image,
  layerCount: number,
): Promise<string | undefined> {
  const { layers } = services;
  const diffIds = image.config.rootfs.diff_ids.slice(0, layerCount);
  const chainId = chainIds(diffIds).at(-1);
  const layer = chainId === undefined ? undefined : layers.find(chainId);
  if (layer === undefined || diffIds.length < layerCount) return undefined;
  using lease = new Lease(services);
  lease.holdLayer(layer);
  const { created = timestampNow() } = image.config;
  // One entry for each layer: builds read the layers' times there.
  const layered = image.config.history.filter(({ empty_layer }) => empty_layer !== true);
  const history = diffIds.map((_, index): HistoryEntry => ({ created: layered[index]?.created ?? created }));
  const rootfs = { type: "layers", diff_ids: diffIds };
  const config = { ...platformOf(image), created, config: {}, rootfs, history };
  return await storeImage(services, lease, config, { topLayer: layer.number, isHidden: true });
}

function platformOf(parent: Image): Pick<ImageConfig, "os" | "architecture" | "variant" | "os.version"> {
  const { os, architecture, variant } = parent.config;
  const version = parent.config["os.version"];
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { "os.version": version }),
  };
}
