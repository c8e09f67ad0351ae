// The media types of manifests, configurations and layers, in Docker's and OCI's words.
import { BerthError } from "../../api/errors.ts";
import type { Compression } from "../../storage/archive/compression.ts";

export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";

const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

/**
 * The type of a layer's archive; zstd has none in Docker's words.
 * @throws BerthError notImplemented for compressions that layers do not come in
 */
export function layerMediaType(compression: Compression): string {
  if (compression === "bzip2" || compression === "xz") {
    throw new BerthError("notImplemented", `layers compressed with ${compression} are not supported`);
  }
  if (compression === "gzip") return `${DOCKER_LAYER}.gzip`;
  return compression === "zstd" ? `${OCI_LAYER}+zstd` : DOCKER_LAYER;
}

/** The same archive in OCI's words. */
export function ociLayerMediaType(mediaType: string): string {
  if (mediaType.endsWith("zstd")) return `${OCI_LAYER}+zstd`;
  return mediaType.endsWith("gzip") ? `${OCI_LAYER}+gzip` : OCI_LAYER;
}

/** Annotations of an index's entries: the image's whole name, and its tag. */
export const NAME_ANNOTATION = "io.containerd.image.name";
export const TAG_ANNOTATION = "org.opencontainers.image.ref.name";
