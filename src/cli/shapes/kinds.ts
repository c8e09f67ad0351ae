// The kinds of objects that can be inspected, with their structures.
import type { Shape } from "../template/shape.ts";
import { containerShape } from "./container.ts";
import { imageShape } from "./image.ts";
import { networkShape } from "./network.ts";
import { volumeShape } from "./volume.ts";

export const shapes = {
  container: containerShape,
  image: imageShape,
  network: networkShape,
  volume: volumeShape,
} as const satisfies Readonly<Record<string, Shape>>;
