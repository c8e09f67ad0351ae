// An image as the rest of the engine sees it, from its record, configuration and layers.

import { configurationOf } from "../../docker/container-config.ts";
import type { PartialConfiguration } from "../containers/configuration/container-configuration.ts";
import { type ImageConfig, parseImageConfig } from "./configuration.ts";
import type { ImageRecord } from "./records.ts";
import type { ImageServices } from "./services.ts";

export interface Image {
  /** "sha256:…" */
  id: string;
  config: ImageConfig;
  /** Its defaults for the configuration of containers. */
  configuration: PartialConfiguration;
  /** Absolute paths of the unpacked layers, top first; never empty. */
  lowerDirectories: readonly string[];
  /** Bytes of all layers. */
  size: number;
  record: ImageRecord;
}

/** Reads and caches images, which are immutable: the ID is the configuration's digest. */
export class ImageReader {
  private readonly services: ImageServices;
  private readonly configs = new Map<string, ImageConfig>();

  constructor(services: ImageServices) {
    this.services = services;
  }

  read(record: ImageRecord): Image {
    const { layers } = this.services;
    const config = this.config(record.id);
    return {
      id: record.id,
      config,
      configuration: configurationOf(config.config ?? {}),
      lowerDirectories: layers.directories(record.topLayer),
      size: layers.stack(record.topLayer).reduce((sum, { size }) => sum + size, 0),
      record,
    };
  }

  config(id: string): ImageConfig {
    const known = this.configs.get(id);
    if (known) return known;
    const config = parseImageConfig(this.services.content.document(id));
    this.configs.set(id, config);
    return config;
  }

  forget(id: string): void {
    this.configs.delete(id);
  }
}
