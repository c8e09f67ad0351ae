// The dependencies of image operations.
import type { Log } from "../../api/log.ts";
import type { ContentStore } from "../../storage/content.ts";
import type { LayerStore } from "../../storage/layers.ts";
import type { Trash } from "../../storage/trash.ts";
import type { EngineConfig } from "../config.ts";
import type { Events } from "../events.ts";
import type { ImageRecords } from "./records.ts";

/** A container or build that uses an image. */
export interface ImageUser {
  id: string;
  running: boolean;
  /** Whether it is a build. */
  isBuild?: true;
}

export interface ImageServices {
  config: EngineConfig;
  log: Log;
  events: Events;
  content: ContentStore;
  layers: LayerStore;
  trash: Trash;
  records: ImageRecords;
  containersUsing(imageId: string): ImageUser[];
  /** Whether the build cache needs the image. */
  isCached(imageId: string): boolean;
}
