// The object types that can be inspected, with their structs.
import type { StructType } from "../template/struct-type.ts";
import { containerType } from "./container.ts";
import { imageType } from "./image.ts";
import { networkType } from "./network.ts";
import { volumeType } from "./volume.ts";

export const structTypes = {
  container: containerType,
  image: imageType,
  network: networkType,
  volume: volumeType,
} as const satisfies Readonly<Record<string, StructType>>;
