// The build cache: finds the image that the same step created from the same parent before.
import type { ContainerConfig } from "../../api/container-config.ts";
import { hostPlatform } from "../../api/platforms.ts";
import { chainIds } from "../../storage/layers.ts";
import type { ImageConfig } from "./configuration.ts";
import { type Derivation, deriveImage, topLayerOf } from "./derive.ts";
import type { Image, ImageReader } from "./image.ts";
import { Lease } from "./lease.ts";
import type { ImageServices } from "./services.ts";

/**
 * The newest image that the same instruction created from the same parent, with the same configuration.
 * @param sources when given, only these images and their ancestors count
 */
export function findStep(
  services: ImageServices,
  reader: ImageReader,
  step: Derivation,
  sources?: readonly Image[],
): Image | undefined {
  const { records } = services;
  const parent = step.parent?.id ?? "";
  const counted = sources && new Set(sources.flatMap(({ id }) => ancestry(services, id)));
  return records
    .childrenOf(parent)
    .filter(({ id }) => counted?.has(id) ?? true)
    .map((record) => reader.read(record))
    .filter((image) => image.config.history.length === lengthOf(step) + 1 && isMadeBy(image, step))
    .sort((one, other) => ((one.config.created ?? "") < (other.config.created ?? "") ? 1 : -1))[0];
}

/**
 * The same from the history of images that were built elsewhere and have no parents here. The intermediate state becomes
 * a separate image. Returns its ID.
 */
export async function takeStep(
  services: ImageServices,
  sources: readonly Image[],
  step: Derivation,
): Promise<string | undefined> {
  const length = lengthOf(step);
  for (const source of sources) {
    const { history, rootfs } = source.config;
    const entry = history[length];
    if (entry === undefined || entry.created_by !== step.createdBy || !continues(source, step.parent)) continue;
    if (history.length === length + 1) {
      if (isMadeBy(source, step)) return source.id;
      continue;
    }
    using lease = new Lease(services);
    const below = topLayerOf(services, step.parent, lease);
    const layers = history.slice(0, length + 1).filter(({ empty_layer }) => empty_layer !== true).length;
    const chainId = chainIds(rootfs.diff_ids.slice(0, layers)).at(-1);
    const layer = entry.empty_layer || chainId === undefined ? undefined : services.layers.find(chainId);
    if (layer) lease.holdLayer(layer);
    if (layer || entry.empty_layer) return await deriveImage(services, lease, step, below, layer, {});
  }
  return undefined;
}

/** An image and its ancestors, one by one. */
function ancestry({ records }: ImageServices, id: string): string[] {
  const line: string[] = [];
  for (let next = id; next !== ""; next = records.byImageId(next)?.parent ?? "") line.push(next);
  return line;
}

const lengthOf = ({ parent }: Derivation): number => parent?.config.history.length ?? 0;

function isMadeBy({ config }: Image, step: Derivation): boolean {
  return (
    config.history.at(-1)?.created_by === step.createdBy &&
    (config.author ?? "") === step.author &&
    isOfPlatform(config, step) &&
    isSame(config.config ?? {}, step.config)
  );
}

/** An image from scratch matches any platform. */
function isOfPlatform(config: ImageConfig, { parent, platform = hostPlatform }: Derivation): boolean {
  if (parent !== undefined) return true;
  return config.os === platform.os && config.architecture === platform.architecture;
}

function isSame(one: ContainerConfig, other: ContainerConfig): boolean {
  const plain = (config: ContainerConfig): unknown => JSON.parse(JSON.stringify(config));
  return Bun.deepEquals(plain(one), plain(other));
}

/** Whether an image went the way that led to the parent. */
function continues({ config }: Image, parent: Image | undefined): boolean {
  if (parent === undefined) return true;
  const { history, rootfs } = parent.config;
  return (
    rootfs.diff_ids.every((diffId, index) => config.rootfs.diff_ids[index] === diffId) &&
    history.every(({ created_by }, index) => config.history[index]?.created_by === created_by)
  );
}
