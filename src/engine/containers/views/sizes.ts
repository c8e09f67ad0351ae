// How much a container's files take: its own layer, and that on top of its image.
import { directorySize } from "../../../storage/disk-usage.ts";
import { engineBytesIn } from "../../../storage/engine-files.ts";
import type { Container } from "../container.ts";
import type { ImageSource } from "../dependencies.ts";

/** Bytes; what the engine itself put there does not count. */
export interface ContainerSizes {
  rw: number;
  rootFs: number;
}

export async function sizesOf({ spec, paths }: Container, images: ImageSource): Promise<ContainerSizes> {
  const counted = (await directorySize(paths.upper)) ?? 0;
  const rw = Math.max(0, counted - engineBytesIn(paths.upper));
  return { rw, rootFs: rw + (images.find(spec.imageId)?.size ?? 0) };
}
