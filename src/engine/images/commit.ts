// `commit`: creates an image from a container's changes.
import { existsSync } from "node:fs";
import type { ContainerConfig } from "../../api/container-config.ts";
import type { ImageReference } from "../../api/references.ts";
import { applyChanges } from "./changes.ts";
import { deriveImage, topLayerOf } from "./derive.ts";
import type { Image } from "./image.ts";
import { Lease } from "./lease.ts";
import { packLayer } from "./pack-layer.ts";
import type { ImageServices } from "./services.ts";

export interface CommitRequest {
  /** The container's writable layer (overlay's upper directory), not in use; missing before the first start. */
  upper: string;
  /** The container's image. */
  parent: Image;
  /** The container's configuration, on which the image's is based. */
  config: ContainerConfig;
  /** Dockerfile instructions. */
  changes: readonly string[];
  author: string;
  comment: string;
  /** The history entry's `created_by`. */
  createdBy: string;
  reference?: ImageReference;
}

/** Creates the image and returns its ID. @throws BerthError */
export async function commitImage(services: ImageServices, request: CommitRequest): Promise<string> {
  const { parent, author, comment, createdBy, reference } = request;
  const config = applyChanges(request.config, request.changes);
  using lease = new Lease(services);
  const below = topLayerOf(services, parent, lease);
  const layer = existsSync(request.upper) ? await packLayer(services, request.upper, below, lease) : undefined;
  const derivation = { parent, config, author, comment, createdBy, reference };
  return await deriveImage(services, lease, derivation, below, layer, { isAnnounced: true });
}
