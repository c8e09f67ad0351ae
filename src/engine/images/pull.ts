// `pull`: resolves a reference, downloads blobs in parallel and unpacks layers in order. Concurrent pulls of the same image
// or blob share the work.
import { BerthError, messageOf } from "../../api/errors.ts";
import { hostPlatform, type Platform } from "../../api/platforms.ts";
import {
  familiarReference,
  familiarRepository,
  type ImageReference,
  repositoryOf,
  withDefaultTag,
} from "../../api/references.ts";
import { Limit } from "../../async/limit.ts";
import type { RegistryCredentials } from "../../registry/credentials.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import { Repository } from "../../registry/repository.ts";
import { DISK_FULL } from "../../storage/disk-watch.ts";
import { chainIds, type GrowingArchive, type Layer } from "../../storage/layers.ts";
import { archivesHere } from "./archives.ts";
import { Arrival } from "./arrival.ts";
import { type ImageConfig, parseImageConfig } from "./configuration.ts";
import { type DownloadEvent, downloadBlob } from "./download.ts";
import { KnownManifests } from "./known-manifests.ts";
import { Lease } from "./lease.ts";
import { findNamed } from "./lookup.ts";
import { Progress, progressKey, retryingIn, shortDigest, type TellProgress, type TransferEvent } from "./progress.ts";
import { translatePullError } from "./registry-words.ts";
import { type ResolvedImage, resolveImage } from "./resolve.ts";
import type { ImageServices } from "./services.ts";
import { publish } from "./store-image.ts";
import { TransferManager } from "./transfer-manager.ts";

export interface PullRequest {
  /** With neither tag nor digest: "latest", or all tags. */
  reference: ImageReference;
  allTags?: boolean;
  platform?: Platform;
  credentials?: RegistryCredentials | undefined;
  tell: TellProgress;
  signal?: AbortSignal | undefined;
}

interface MissingLayer {
  descriptor: Descriptor;
  progress: Progress;
  diffId: string;
  chainId: string;
}

interface ComingLayer extends MissingLayer {
  arrival: Arrival;
  /** Resolves when the blob is in the content store. */
  fetched: Promise<void>;
}

interface OnePull extends Omit<PullRequest, "allTags" | "signal"> {
  repository: Repository;
  signal: AbortSignal;
}

export class Puller {
  private readonly services: ImageServices;
  private readonly downloads: Limit;
  private readonly pulls = new TransferManager<void, TransferEvent>(progressKey);
  private readonly blobs = new TransferManager<void, DownloadEvent>(() => "");
  /** Layers being unpacked, by chain ID. */
  private readonly unpacking = new Map<string, Promise<Layer>>();

  constructor(services: ImageServices) {
    this.services = services;
    this.downloads = new Limit(() => services.config.maxConcurrentDownloads);
  }

  /** @throws BerthError in Docker's words; the reason of `signal` when it is aborted */
  async pull({ reference, allTags = false, ...request }: PullRequest): Promise<void> {
    const wanted = allTags ? reference : withDefaultTag(reference);
    const { credentials, platform, tell, signal } = request;
    const name = JSON.stringify([wanted, allTags, platform, credentials]);
    await this.pulls.join(name, { onEvent: tell, signal }, async (emit, shared) => {
      try {
        const { domain, path } = wanted;
        const settings = this.services.config;
        const repository = await Repository.forPulling({ domain, path, settings, credentials, signal: shared });
        const common = { ...request, tell: emit, repository, signal: shared };
        if (allTags) await this.pullAllTags(wanted, common);
        else await this.pullOne({ ...common, reference: wanted });
      } catch (thrown) {
        throw translatePullError(thrown, wanted);
      }
    });
  }

  private async pullAllTags(reference: ImageReference, pull: Omit<OnePull, "reference">): Promise<void> {
    for (const tag of await pull.repository.tags()) await this.pullOne({ ...pull, reference: { ...reference, tag } });
  }

  private async pullOne(pull: OnePull): Promise<void> {
    const { reference, repository, tell, platform = hostPlatform } = pull;
    using lease = new Lease(this.services);
    const { content, records } = this.services;
    const manifests = findNamed(records, reference) ? new KnownManifests(repository, content) : repository;
    const resolved = await resolveImage(manifests, reference.digest ?? reference.tag ?? "", platform);
    tell({ type: "pulling", path: reference.path, version: reference.tag ?? reference.digest ?? "" });
    for (const { digest, bytes } of resolved.fetched) {
      lease.holdBlob(digest);
      await content.put(bytes);
    }
    const config = await this.fetchConfig(resolved, pull, lease);
    const top = await this.fetchLayers(resolved, config, pull, lease);
    const isNew = this.record(resolved, top, reference);
    lease.isUnfinished = false;
    tell({ type: "pulled", reference, digest: resolved.fetched[0]?.digest ?? "", isNew });
    publish(
      this.services,
      "pull",
      resolved.manifest.config.digest,
      familiarRepository(repositoryOf(reference)),
      familiarReference(reference),
    );
  }

  private async fetchConfig({ manifest }: ResolvedImage, pull: OnePull, lease: Lease): Promise<ImageConfig> {
    const { content } = this.services;
    const { digest } = manifest.config;
    await this.fetchBlob(manifest.config, pull, lease, () => {});
    const config = parseImageConfig(content.document(digest));
    if (config.rootfs.diff_ids.length !== manifest.layers.length) {
      throw new BerthError("internal", "layers from manifest don't match image configuration");
    }
    if (config.os !== "" && config.os !== "linux") {
      throw new BerthError("invalidParameter", `image operating system "${config.os}" cannot be used on this platform`);
    }
    return config;
  }

  /** Downloads and unpacks missing layers; returns the top layer. */
  private async fetchLayers(
    { manifest }: ResolvedImage,
    config: ImageConfig,
    pull: OnePull,
    lease: Lease,
  ): Promise<Layer | undefined> {
    const chain = chainIds(config.rootfs.diff_ids);
    const present = chain.findLastIndex((chainId) => this.services.layers.find(chainId)) + 1;
    let top = present === 0 ? undefined : this.services.layers.find(chain[present - 1] ?? "");
    if (top) lease.holdLayer(top);
    const missing = manifest.layers.map(
      (descriptor, index): MissingLayer => ({
        descriptor,
        progress: new Progress(pull.tell, shortDigest(descriptor.digest)),
        diffId: config.rootfs.diff_ids[index] ?? "",
        chainId: chain[index] ?? "",
      }),
    );
    const here = missing.splice(0, present);
    const bare = here.filter(({ diffId }) => this.lacksArchive(diffId));
    for (const layer of here) layer.progress.stage(bare.includes(layer) ? "pulling fs layer" : "already exists");
    for (const { progress } of missing) progress.stage("pulling fs layer");
    const failure = new AbortController();
    const whileWanted = { ...pull, signal: AbortSignal.any([pull.signal, failure.signal]) };
    const coming = missing.map((layer) => this.beginLayer(layer, whileWanted, lease));
    for (const { fetched } of coming) fetched.catch(() => {});
    try {
      for (const { descriptor, progress, diffId, chainId, arrival, fetched } of coming) {
        const { signal } = whileWanted;
        top = await this.unpack({ descriptor, progress, diffId, chainId, arrival, fetched, parent: top, signal });
        lease.holdLayer(top);
        await fetched;
        this.keepArchive(descriptor, diffId);
        progress.stage("pull complete");
      }
      for (const layer of bare) await this.fetchArchive(layer, pull, lease);
    } catch (thrown) {
      failure.abort(thrown);
      // A failed pull ends all its downloads.
      await Promise.allSettled(coming.map(({ fetched }) => fetched));
      if (messageOf(thrown).includes(DISK_FULL)) this.giveUp(coming, lease);
      throw thrown;
    }
    return top;
  }

  /** On a full disk partial downloads are deleted instead of kept for a resume. */
  private giveUp(layers: readonly ComingLayer[], lease: Lease): void {
    lease.isUnfinished = false;
    for (const { descriptor } of layers) this.services.content.removePartial(descriptor.digest);
  }

  private beginLayer(layer: MissingLayer, pull: OnePull, lease: Lease): ComingLayer {
    const arrival = new Arrival();
    const { descriptor, progress } = layer;
    const fetched = this.fetchBlob(descriptor, pull, lease, (event) => {
      reportDownload(progress, event);
      if (event.type === "downloading") arrival.grow(event.written);
      if (event.type === "verified") arrival.complete(event.size);
    }).then(
      () => progress.stage("download complete"),
      (thrown: unknown) => {
        arrival.fail(thrown);
        throw thrown;
      },
    );
    return { ...layer, arrival, fetched };
  }

  private async fetchBlob(
    descriptor: Descriptor,
    { repository, signal }: OnePull,
    lease: Lease,
    onEvent: (event: DownloadEvent) => void,
  ): Promise<void> {
    const { content, config } = this.services;
    const mostAttempts = config.maxDownloadAttempts;
    lease.holdBlob(descriptor.digest, true);
    if (content.has(descriptor.digest)) return;
    await this.blobs.join(descriptor.digest, { onEvent, signal }, (emit, shared) =>
      this.downloads.run(
        () => downloadBlob(content, { repository, descriptor, mostAttempts, signal: shared, onEvent: emit }),
        shared,
      ),
    );
  }

  private async unpack(layer: ComingLayer & { parent: Layer | undefined; signal: AbortSignal }): Promise<Layer> {
    const { chainId, signal } = layer;
    const { layers } = this.services;
    const present = layers.find(chainId);
    if (present) return present;
    // Unpacking by another pull is aborted with that pull; then this one unpacks.
    const other = await this.unpacking.get(chainId)?.catch(() => undefined);
    if (other && layers.byId(other.number)) return other;
    const unpacking = this.unpackArriving(layer);
    this.unpacking.set(chainId, unpacking);
    try {
      return await unpacking;
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      throw thrown;
    } finally {
      this.unpacking.delete(chainId);
    }
  }

  /** Unpacks the layer while it is downloaded, or afterwards. */
  private async unpackArriving(
    layer: ComingLayer & { parent: Layer | undefined; signal: AbortSignal },
  ): Promise<Layer> {
    const { descriptor, progress, diffId, arrival, fetched, parent, signal } = layer;
    const { content, layers } = this.services;
    const { digest, size } = descriptor;
    const onProgress = (done: number): void => {
      if (arrival.isWhole) progress.at("extracting", done, size);
    };
    const unpack = (archive: string | GrowingArchive): Promise<Layer> =>
      layers.unpack(archive, parent, { diffId, onProgress, signal });
    try {
      if (!content.has(digest)) return await arrival.during(content, digest, unpack);
    } catch (thrown) {
      // Content that does not unpack may be corrupt, which the download's verification reports. Except on a full disk.
      if (!messageOf(thrown).includes(DISK_FULL)) await fetched;
      if (!arrival.restarted) throw registrationError(thrown);
    }
    await fetched;
    return unpack(content.path(digest)).catch((thrown: unknown) => {
      throw registrationError(thrown);
    });
  }

  private lacksArchive(diffId: string): boolean {
    return this.services.config.keepLayerArchives && archivesHere(this.services, diffId).length === 0;
  }

  /** Downloads the archive of a layer that was unpacked while none were kept, and verifies it as in the first pull. */
  private async fetchArchive(
    { descriptor, progress, diffId }: MissingLayer,
    pull: OnePull,
    lease: Lease,
  ): Promise<void> {
    const { content, layers } = this.services;
    await this.fetchBlob(descriptor, pull, lease, (event) => reportDownload(progress, event));
    progress.stage("verifying checksum");
    layers.discardLoose(await layers.unpackLoose(content.path(descriptor.digest), { diffId, signal: pull.signal }));
    this.keepArchive(descriptor, diffId);
    progress.stage("pull complete");
  }

  private keepArchive({ digest, mediaType, size }: Descriptor, diffId: string): void {
    if (this.services.config.keepLayerArchives) this.services.records.addLayerBlob({ digest, diffId, mediaType, size });
  }

  /** Records the image and its names; returns whether anything changed. */
  private record({ manifest, fetched }: ResolvedImage, top: Layer | undefined, reference: ImageReference): boolean {
    const { records } = this.services;
    const repository = repositoryOf(reference);
    const id = manifest.config.digest;
    const { tag, digest } = reference;
    const before =
      digest === undefined ? records.tagged(`${repository}:${tag}`) : records.digested(`${repository}@${digest}`);
    const isNew = before?.id !== id;
    records.atomically(() => {
      const manifests = fetched.map(({ digest, mediaType }) => ({ digest, mediaType }));
      records.insert({ id, topLayer: top?.number, manifests });
      if (digest === undefined && tag !== undefined && isNew) records.tag(repository, tag, id);
      const [named] = fetched;
      if (named) records.addDigest(repository, named.digest, id);
      if (this.services.config.keepLayerArchives) this.recordSources(manifest.layers, reference);
    });
    return isNew;
  }

  /** Records the repository that a push to the same registry can mount these blobs from. */
  private recordSources(layers: readonly Descriptor[], { domain, path }: ImageReference): void {
    for (const { digest } of layers) this.services.records.addBlobSource(digest, domain, path);
  }
}

function registrationError(thrown: unknown): BerthError {
  return new BerthError("internal", `failed to register layer: ${messageOf(thrown)}`, thrown);
}

function reportDownload(progress: Progress, event: DownloadEvent): void {
  if (event.type === "downloading") progress.at("downloading", event.current, event.total);
  else if (event.type === "verifying") progress.stage("verifying checksum");
  else if (event.type === "retrying") progress.stage(retryingIn(event.seconds));
}
