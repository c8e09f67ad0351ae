// Publishes images over a registry's HTTP API, so that tests control every byte of manifest, configuration and layers.
import { gzipSync } from "node:zlib";

export interface PublishedImage {
  /** "sha256:…" of the manifest, of the configuration and of each stored layer, lowest first. */
  manifest: string;
  config: string;
  layers: string[];
}

export interface PublishOptions {
  /** Uncompressed tar archives, the lowest first. */
  layers: Uint8Array[];
  format?: "oci" | "docker";
  compression?: "gzip" | "zstd" | "none";
  architecture?: string;
  variant?: string;
  /** Of the image's configuration: Cmd, Env, Labels … */
  config?: Record<string, unknown>;
  /** "user:password" for registries that ask. */
  credentials?: string;
}

const mediaTypes = {
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: {
      gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
      zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
      none: "application/vnd.oci.image.layer.v1.tar",
    },
  },
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: {
      gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      zstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
      none: "application/vnd.docker.image.rootfs.diff.tar",
    },
  },
};

const compressors = {
  gzip: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
  zstd: (bytes: Uint8Array) => new Uint8Array(Bun.zstdCompressSync(bytes)),
  none: (bytes: Uint8Array) => bytes,
};

/** Publishes one image under `reference` (a tag, or "" for by digest only) of `repository` at the registry's `url`. */
export async function publishImage(
  url: string,
  repository: string,
  reference: string,
  options: PublishOptions,
): Promise<PublishedImage> {
  const types = mediaTypes[options.format ?? "oci"];
  const compression = options.compression ?? "gzip";
  const push = (bytes: Uint8Array) => pushBlob(url, repository, bytes, options.credentials);
  const layers = options.layers.map(compressors[compression]);
  const configuration = Buffer.from(
    JSON.stringify({
      architecture: options.architecture ?? (process.arch === "x64" ? "amd64" : process.arch),
      variant: options.variant,
      os: "linux",
      created: "2026-01-02T03:04:05Z",
      config: options.config ?? { Cmd: ["sh"] },
      rootfs: { type: "layers", diff_ids: options.layers.map(digestOf) },
      history: options.layers.map((_, index) => ({ created: "2026-01-02T03:04:05Z", created_by: `layer ${index}` })),
    }),
  );
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: configuration.length, digest: await push(configuration) },
    layers: await Promise.all(
      layers.map(async (layer) => ({
        mediaType: types.layer[compression],
        size: layer.length,
        digest: await push(layer),
      })),
    ),
  });
  return {
    manifest: await pushManifest(url, repository, reference, types.manifest, manifest, options.credentials),
    config: digestOf(configuration),
    layers: layers.map(digestOf),
  };
}

/** Publishes an index over images that are in the repository already; gives its digest. */
export function publishIndex(
  url: string,
  repository: string,
  tag: string,
  entries: { digest: string; size: number; architecture: string; variant?: string; os?: string }[],
  format: "oci" | "docker" = "oci",
): Promise<string> {
  const types = mediaTypes[format];
  const manifests = entries.map(({ digest, size, architecture, variant, os = "linux" }) => ({
    mediaType: types.manifest,
    digest,
    size,
    platform: { architecture, os, variant },
  }));
  const index = JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests });
  return pushManifest(url, repository, tag, types.index, index);
}

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;

function authorization(credentials: string | undefined): Record<string, string> {
  return credentials === undefined ? {} : { Authorization: `Basic ${btoa(credentials)}` };
}

async function pushBlob(url: string, repository: string, bytes: Uint8Array, credentials?: string): Promise<string> {
  const headers = authorization(credentials);
  const digest = digestOf(bytes);
  const begun = await send(`${url}/v2/${repository}/blobs/uploads/`, { method: "POST", headers }, 202);
  const target = new URL(begun.headers.get("location") ?? "", url);
  target.searchParams.set("digest", digest);
  await send(target.href, { method: "PUT", body: bytes, headers }, 201);
  return digest;
}

async function pushManifest(
  url: string,
  repository: string,
  reference: string,
  mediaType: string,
  manifest: string,
  credentials?: string,
): Promise<string> {
  const digest = digestOf(manifest);
  await send(
    `${url}/v2/${repository}/manifests/${reference || digest}`,
    { method: "PUT", body: manifest, headers: { "Content-Type": mediaType, ...authorization(credentials) } },
    201,
  );
  return digest;
}

async function send(url: string, request: BunFetchRequestInit, status: number): Promise<Response> {
  const answer = await fetch(url, { ...request, tls: { rejectUnauthorized: false } });
  if (answer.status !== status) throw new Error(`${request.method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}
