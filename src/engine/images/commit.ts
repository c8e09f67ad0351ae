// `commit`: an image of what a container has made of the one it stands on.
import { existsSync } from "node:fs";
import type { ContainerConfig } from "../../api/containers.ts";
import type { ImageReference } from "../../api/references.ts";
import { applyChanges } from "./changes.ts";
import { deriveImage, topLayerOf } from "./derive.ts";
import type { Image } from "./image.ts";
import { Lease } from "./lease.ts";
import { packLayer } from "./pack-layer.ts";
import type { ImageServices } from "./services.ts";

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
  using lease = new Lease(services);
  const below = topLayerOf(services, parent, lease);
  const layer = existsSync(request.upper) ? await packLayer(services, request.upper, below, lease) : undefined;
  return await deriveImage(services, lease, { parent, config, author, comment, createdBy, reference }, below, layer);
}
