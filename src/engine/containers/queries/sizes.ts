// Container sizes: of the writable layer (SizeRw), and including the image (SizeRootFs).
import { directorySize } from "../../../storage/disk-usage.ts";
import { engineBytesIn } from "../../../storage/engine-files.ts";
import type { Container } from "../container.ts";
import type { ImageSource } from "../dependencies.ts";

/** Bytes, without the engine's own files. */
export interface ContainerSizes {
  rw: number;
  rootFs: number;
}

export async function sizesOf({ spec, paths }: Container, images: ImageSource): Promise<ContainerSizes> {
  const counted = (await directorySize(paths.upper)) ?? 0;
  const rw = Math.max(0, counted - engineBytesIn(paths.upper));
  return { rw, rootFs: rw + (images.find(spec.imageId)?.size ?? 0) };
}
