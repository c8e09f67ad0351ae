// `push`: uploads the blobs and the manifest that the registry lacks. Pulled images are pushed byte for byte.
import { BerthError } from "../../api/errors.ts";
import { familiarReference, familiarRepository, type ImageReference, repositoryOf } from "../../api/references.ts";
import { Limit } from "../../async/limit.ts";
import type { Connection } from "../../registry/connection.ts";
import type { RegistryCredentials } from "../../registry/credentials.ts";
import { type Descriptor, type Manifest, parseManifest } from "../../registry/manifest.ts";
import { Repository } from "../../registry/repository.ts";
import { hasBlob, mountBlob, putManifest, uploadBlob } from "../../registry/upload.ts";
import { digestOf } from "../../storage/content.ts";
import { compressedArchiveOf } from "./archives.ts";
import type { ImageReader } from "./image.ts";
import { Lease } from "./lease.ts";
import { DOCKER_CONFIG, DOCKER_MANIFEST, OCI_CONFIG, OCI_MANIFEST, ociLayerMediaType } from "./media-types.ts";
import { splitTag } from "./names.ts";
import { Progress, retryingIn, shortDigest, type TellProgress } from "./progress.ts";
import type { ManifestBlob } from "./records.ts";
import { translatePushError } from "./registry-words.ts";
import { retrying } from "./retry.ts";
import type { ImageServices } from "./services.ts";
import { publish } from "./store-image.ts";

export interface PushRequest {
  /** All local tags when it has none. */
  reference: ImageReference;
  credentials?: RegistryCredentials | undefined;
  tell: TellProgress;
  signal?: AbortSignal | undefined;
}

interface OnePush {
  tag: string;
  id: string;
  reference: ImageReference;
  connection: Connection;
  tell: TellProgress;
  signal?: AbortSignal | undefined;
}

interface PushedManifest {
  manifest: Manifest;
  mediaType: string;
  bytes: Buffer;
}

export class Pusher {
  private readonly services: ImageServices;
  private readonly reader: ImageReader;
  private readonly uploads: Limit;

  constructor(services: ImageServices, reader: ImageReader) {
    this.services = services;
    this.reader = reader;
    this.uploads = new Limit(() => services.config.maxConcurrentUploads);
  }

  /** @throws BerthError in Docker's words; the reason of `signal` when it is aborted */
  async push({ reference, credentials, tell, signal }: PushRequest): Promise<void> {
    const { domain, path } = reference;
    tell({ type: "pushing", repository: repositoryOf(reference) });
    const tags = this.tagsOf(reference);
    const repository = await Repository.forPushing({
      domain,
      path,
      settings: this.services.config,
      credentials,
      signal,
    });
    const connection = await repository.writable();
    try {
      for (const { tag, id } of tags) await this.pushOne({ tag, id, reference, connection, tell, signal });
    } catch (thrown) {
      throw translatePushError(thrown);
    }
  }

  private tagsOf(reference: ImageReference): { tag: string; id: string }[] {
    const repository = repositoryOf(reference);
    const { records } = this.services;
    const present = records
      .allTags()
      .map(splitTag)
      .filter((name) => name.repository === repository)
      .flatMap(({ tag }) => {
        const id = records.tagged(`${repository}:${tag}`)?.id;
        return id === undefined ? [] : [{ tag, id }];
      });
    if (present.length === 0) {
      const name = familiarRepository(repository);
      throw new BerthError("notFound", `An image does not exist locally with the tag: ${name}`);
    }
    if (reference.tag === undefined) return present.sort((one, other) => (one.tag < other.tag ? -1 : 1));
    const wanted = present.filter(({ tag }) => tag === reference.tag);
    if (wanted.length === 0) throw new BerthError("notFound", `tag does not exist: ${familiarReference(reference)}`);
    return wanted;
  }

  private async pushOne(push: OnePush): Promise<void> {
    const { tag, id, reference, connection, tell, signal } = push;
    using lease = new Lease(this.services);
    const diffIds = this.reader.config(id).rootfs.diff_ids;
    const progresses = diffIds.map((diffId) => new Progress(tell, shortDigest(diffId)));
    // From the top layer down, as Docker does.
    for (const progress of progresses.toReversed()) progress.stage("preparing");
    const { manifest, mediaType, bytes } = await this.manifestOf(push, diffIds, lease);
    const blobs = manifest.layers
      .map((layer, index) => ({ layer, progress: progresses[index] ?? new Progress(tell, "") }))
      .toReversed();
    const failure = new AbortController();
    const whileWanted = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
    const pushed = blobs.map(({ layer, progress }) =>
      this.uploads
        .run(() => this.pushBlob(layer, progress, push), whileWanted)
        .catch((thrown: unknown) => {
          failure.abort(thrown);
          throw thrown;
        }),
    );
    await Promise.allSettled(pushed);
    await Promise.all(pushed);
    await this.pushBlob(manifest.config, undefined, push);
    const digest = digestOf(bytes);
    await putManifest(connection, tag, { mediaType, bytes, digest });
    this.record(push, { manifest, mediaType, bytes }, digest);
    tell({ type: "pushed", tag, digest, size: bytes.length });
    const name = familiarRepository(repositoryOf(reference));
    publish(this.services, "push", id, name, `${name}:${tag}`);
  }

  private async pushBlob(descriptor: Descriptor, progress: Progress | undefined, push: OnePush): Promise<void> {
    const { connection, reference, signal } = push;
    const { digest, size } = descriptor;
    const { content, records } = this.services;
    if (await hasBlob(connection, digest)) {
      progress?.stage("layer already exists");
      return;
    }
    const sources = records.blobSources(digest, reference.domain).filter((path) => path !== reference.path);
    for (const source of sources) {
      if (!(await mountBlob(connection, digest, source))) continue;
      progress?.stage(`mounted from ${source}`);
      return;
    }
    const read = (): ReadableStream<Uint8Array> =>
      streamOf(counted(content.stream(digest), (sent) => progress?.at("pushing", sent, size)));
    await retrying(() => uploadBlob(connection, { digest, size, read }), {
      signal,
      onRetry: (seconds) => progress?.stage(retryingIn(seconds)),
    });
    progress?.stage("pushed");
  }

  private record({ id, reference }: OnePush, { manifest, mediaType }: PushedManifest, digest: string): void {
    const { records } = this.services;
    records.atomically(() => {
      records.addManifest(id, { digest, mediaType });
      records.addDigest(repositoryOf(reference), digest, id);
      for (const layer of manifest.layers) records.addBlobSource(layer.digest, reference.domain, reference.path);
    });
  }

  /** The manifest that the image was pulled with, if all its blobs are here; otherwise a new one. */
  private async manifestOf(
    { id, reference }: OnePush,
    diffIds: readonly string[],
    lease: Lease,
  ): Promise<PushedManifest> {
    const kept = this.keptManifest(id, repositoryOf(reference), lease);
    if (kept) return kept;
    const layers: Descriptor[] = [];
    for (const diffId of diffIds) layers.push(await compressedArchiveOf(this.services, lease, diffId));
    const { content } = this.services;
    lease.holdBlob(id);
    const config = { digest: id, size: content.size(id) ?? 0 };
    const isOci = layers.some(({ mediaType }) => mediaType.endsWith("zstd"));
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: isOci ? OCI_MANIFEST : DOCKER_MANIFEST,
      config: { mediaType: isOci ? OCI_CONFIG : DOCKER_CONFIG, ...config },
      layers: layers.map(({ mediaType, digest, size }) => ({
        mediaType: isOci ? ociLayerMediaType(mediaType) : mediaType,
        size,
        digest,
      })),
    };
    const bytes = Buffer.from(JSON.stringify(manifest, undefined, 2));
    lease.holdBlob(await content.put(bytes));
    return { manifest, mediaType: isOci ? OCI_MANIFEST : DOCKER_MANIFEST, bytes };
  }

  /** Prefers a manifest that the repository is known to have. */
  private keptManifest(id: string, repository: string, lease: Lease): PushedManifest | undefined {
    const { content, records } = this.services;
    const isThere = ({ digest }: ManifestBlob): boolean => records.digested(`${repository}@${digest}`)?.id === id;
    const kept = records.manifestsOf(id);
    for (const { digest, mediaType } of [...kept.filter(isThere), ...kept]) {
      if (!content.has(digest)) continue;
      const bytes = content.document(digest);
      const parsed = parseManifest(bytes, mediaType);
      if (parsed.type !== "image" || parsed.manifest.config.digest !== id) continue;
      const blobs = [digest, id, ...parsed.manifest.layers.map((layer) => layer.digest)];
      if (!blobs.every((blob) => content.has(blob))) continue;
      for (const blob of blobs) lease.holdBlob(blob);
      return { manifest: parsed.manifest, mediaType: parsed.mediaType, bytes };
    }
    return undefined;
  }
}

async function* counted(source: AsyncIterable<Buffer>, tell: (sent: number) => void): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of source) {
    yield chunk;
    sent += chunk.length;
    tell(sent);
  }
}

function streamOf(source: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await source.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await source.return(undefined);
    },
  });
}
