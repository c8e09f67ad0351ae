// The images service: finds images by reference and delegates to the operations.
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { BerthError, isKind, messageOf } from "../../api/errors.ts";
import type { Log } from "../../api/log.ts";
import { type Platform, parsePlatform } from "../../api/platforms.ts";
import { familiarReference, type ImageReference, withDefaultTag } from "../../api/references.ts";
import type { RegistryCredentials } from "../../registry/credentials.ts";
import type { SearchResult } from "../../registry/search.ts";
import { ContentStore } from "../../storage/content.ts";
import { LayerStore } from "../../storage/layers.ts";
import { Trash } from "../../storage/trash.ts";
import type { EngineConfig } from "../config.ts";
import type { Events } from "../events.ts";
import { type FilterFields, Filters } from "../filters.ts";
import { acceptingFilters, type Pruner } from "../pruner.ts";
import { type CommitRequest, commitImage } from "./commit.ts";
import { type Assembly, assembleImage, type Derivation, deriveByStep, type StepRequest, stemImage } from "./derive.ts";
import { type Image, ImageReader } from "./image.ts";
import { type ImportRequest, importImage } from "./import.ts";
import { type HistoryEntry, historyOf, type InspectedImage, inspectImage } from "./inspect.ts";
import { LIST_FILTERS, type ListedImage, type ListOptions, listImages } from "./list.ts";
import { type LoadRequest, loadImages } from "./load.ts";
import { findRecord, getRecord } from "./lookup.ts";
import { platformWarnings, requirePlatform } from "./platform.ts";
import { ImagePruner, PRUNE_FILTERS } from "./prune.ts";
import { Puller, type PullRequest } from "./pull.ts";
import { Pusher, type PushRequest } from "./push.ts";
import { ImageRecords } from "./records.ts";
import {
  checkLogin,
  type Distribution,
  inspectDistribution,
  SEARCH_FILTERS,
  type SearchQuery,
  search,
} from "./registry-queries.ts";
import { ImageRemover, type RemovedImage, type RemoveOptions } from "./remove.ts";
import { saveImages } from "./save.ts";
import type { ImageServices, ImageUser } from "./services.ts";
import { findStep, takeStep } from "./steps.ts";
import { tagImage } from "./store-image.ts";

export interface ImagesOptions {
  database: Database;
  events: Events;
  config: EngineConfig;
  log: Log;
  /** The containers that use an image. */
  containersUsing(imageId: string): ImageUser[];
  /** Whether the build cache needs an image. */
  isCached(imageId: string): boolean;
}

export interface LayerUsage {
  /** Bytes of the files of this layer alone. */
  size: number;
  /** Whether an image has it that is listed. */
  isListed: boolean;
}

export class Images {
  readonly pruner: Pruner<RemovedImage>;
  private readonly services: ImageServices;
  private readonly reader: ImageReader;
  private readonly puller: Puller;
  private readonly pusher: Pusher;
  private readonly remover: ImageRemover;

  constructor({ database, events, config, log, containersUsing, isCached }: ImagesOptions) {
    const trash = new Trash(join(config.dataRoot, "trash"), log);
    this.services = {
      config,
      log,
      events,
      containersUsing,
      isCached,
      content: new ContentStore(join(config.dataRoot, "content"), trash),
      layers: new LayerStore(database, join(config.dataRoot, "layers"), trash),
      trash,
      records: new ImageRecords(database),
    };
    this.reader = new ImageReader(this.services);
    this.puller = new Puller(this.services);
    this.pusher = new Pusher(this.services, this.reader);
    this.remover = new ImageRemover(this.services, this.reader);
    this.pruner = acceptingFilters(new ImagePruner(this.services, this.reader, this.remover), PRUNE_FILTERS);
    events.subscribe(({ type, action }) => {
      if (type === "container" && action === "destroy") this.forgetRetired();
    });
  }

  /** The image with this ID, ID prefix or name. @throws BerthError notFound */
  get(reference: string): Image {
    return this.reader.read(getRecord(this.services.records, reference));
  }

  /** The image for a new container, and warnings about it; `platform` "" is any. @throws BerthError notFound */
  choose(reference: string, platform: string): { image: Image; warnings: string[] } {
    const image = this.get(reference);
    if (platform === "") return { image, warnings: platformWarnings(image.config) };
    requirePlatform(reference, image.config, parsePlatform(platform));
    return { image, warnings: [] };
  }

  find(reference: string): Image | undefined {
    const record = findRecord(this.services.records, reference);
    return record && this.reader.read(record);
  }

  /** The IDs of an image and of all that were committed from it, one from another; none when there is no such image. */
  descendants(reference: string): string[] {
    const { records } = this.services;
    const withChildren = (id: string): string[] => [
      id,
      ...records.childrenOf(id).flatMap((child) => withChildren(child.id)),
    ];
    try {
      const record = findRecord(records, reference);
      return record ? withChildren(record.id) : [];
    } catch (thrown) {
      // An invalid name matches nothing.
      if (isKind(thrown, "invalidParameter")) return [];
      throw thrown;
    }
  }

  count(): number {
    return this.services.records.all().filter(({ retired }) => !retired).length;
  }

  /** @throws BerthError invalidParameter for an unknown filter */
  list(options: Omit<ListOptions, "filters"> & { filters: FilterFields }): ListedImage[] {
    return listImages(this.services, this.reader, { ...options, filters: Filters.of(options.filters, LIST_FILTERS) });
  }

  /** @throws BerthError notFound, also for an image of another platform than the requested one */
  inspect(reference: string, platform?: Platform): InspectedImage {
    return inspectImage(this.services, this.visible(reference, platform));
  }

  /** As {@link inspect}. */
  history(reference: string, platform?: Platform): HistoryEntry[] {
    return historyOf(this.services, this.visible(reference, platform));
  }

  /** Tags an image. @throws BerthError notFound */
  tag(reference: string, name: ImageReference): void {
    tagImage(this.services, this.visible(reference).id, name);
  }

  /** Removes an image or one of its names; with platforms only if it is of one of them. @throws BerthError notFound, conflict */
  remove(reference: string, options: RemoveOptions, platforms: readonly Platform[] = []): RemovedImage[] {
    const [platform, ...more] = platforms;
    if (more.length > 0) throw new BerthError("invalidParameter", "multiple platforms is not supported");
    if (platform) this.visible(reference, platform);
    return this.remover.remove(reference, options).entries;
  }

  /** Pulls an image from its registry. */
  pull(request: PullRequest): Promise<void> {
    return this.puller.pull(request);
  }

  /** Sends an image to its registry, if it is of the platform, where one is given. */
  async push(request: PushRequest, platform?: Platform): Promise<void> {
    if (platform) this.visible(familiarReference(withDefaultTag(request.reference)), platform);
    return this.pusher.push(request);
  }

  /** Creates an image from a container's changes and returns its ID. */
  commit(request: CommitRequest): Promise<string> {
    return commitImage(this.services, request);
  }

  /** Creates the image of a build step and returns its ID. */
  derive(request: StepRequest): Promise<string> {
    return deriveByStep(this.services, request);
  }

  /** Creates an image from stored files. @returns its ID */
  assemble(assembly: Assembly): Promise<string> {
    return assembleImage(this.services, assembly);
  }

  /**
   * The ID of an image that a step would make, and that is here already.
   * @param sources when given, only steps on the way to these images count
   */
  async findStep(step: Derivation, sources?: readonly Image[]): Promise<string | undefined> {
    const found = findStep(this.services, this.reader, step, sources);
    return found?.id ?? (sources && (await takeStep(this.services, sources, step)));
  }

  /** A hidden image of an image's first layers; undefined when it does not have so many. */
  stem(image: Image, layerCount: number): Promise<string | undefined> {
    return stemImage(this.services, image, layerCount);
  }

  /** A layer, as far as its room goes; undefined when there is none of this number. */
  layerUsage(number: number): LayerUsage | undefined {
    const { layers, records } = this.services;
    const layer = layers.byId(number);
    if (layer === undefined) return undefined;
    const isListed = records
      .all()
      .some(({ retired, topLayer }) => !retired && layers.stack(topLayer).some((each) => each.number === number));
    return { size: layer.size, isListed };
  }

  /** Removes what the build cache needs no more; answers the bytes freed. */
  forgetUncached(): number {
    return this.remover.forgetRetired();
  }

  /** Creates an image of one layer from an archive and returns its ID. */
  import(request: ImportRequest): Promise<string> {
    return importImage(this.services, request);
  }

  /** Streams an archive of the named images. @throws BerthError notFound before the first byte */
  save(references: readonly string[], platform?: Platform): AsyncGenerator<Uint8Array, void, void> {
    return saveImages(this.services, this.reader, references, platform);
  }

  /** Loads the images of an archive. */
  load(request: LoadRequest): Promise<void> {
    return loadImages(this.services, request);
  }

  /** @throws BerthError invalidParameter for an unknown filter */
  async search(query: Omit<SearchQuery, "filters"> & { filters: FilterFields }): Promise<SearchResult[]> {
    return search(this.services.config, { ...query, filters: Filters.of(query.filters, SEARCH_FILTERS) });
  }

  /**
   * Checks credentials with their registry.
   * @returns a token to keep instead of the password; "" for none
   * @throws BerthError unauthorized
   */
  checkLogin(credentials: RegistryCredentials, signal?: AbortSignal): Promise<string> {
    return checkLogin(this.services.config, credentials, signal);
  }

  /** The descriptor and platforms of a reference in its registry. @throws BerthError notFound */
  inspectDistribution(
    reference: string,
    credentials: RegistryCredentials | undefined,
    signal?: AbortSignal,
  ): Promise<Distribution> {
    return inspectDistribution(this.services.config, reference, credentials, signal);
  }

  /**
   * Removes what a crash or a forced removal has left. Call it at start, after the containers were loaded and before any
   * other operation.
   */
  sweep(): void {
    const { content, layers, records, trash } = this.services;
    trash.sweep();
    this.remover.forgetRetired();
    layers.sweep();
    records.dropStrayLayerBlobs();
    for (const { digest, size } of records.allLayerBlobs()) {
      if (!content.isWhole(digest, size)) records.removeLayerBlob(digest);
    }
    for (const digest of content.digests()) {
      // Complete blobs of an interrupted pull are kept like partial ones.
      if (!records.needsBlob(digest)) content.demote(digest);
    }
    content.expirePartials();
  }

  /** Disk usage of images for `system df`. */
  async usage(): Promise<{ layersSize: number; images: ListedImage[] }> {
    const layersSize = this.services.layers.all().reduce((sum, { size }) => sum + size, 0);
    return {
      layersSize,
      images: this.list({ all: false, filters: new Map(), sharedSize: true, containers: true }),
    };
  }

  /** A failure must not fail the removal of the container. */
  private forgetRetired(): void {
    try {
      this.remover.forgetRetired();
    } catch (thrown) {
      this.services.log.warn("failed to delete a retired image", { reason: messageOf(thrown) });
    }
  }

  private visible(reference: string, platform?: Platform): Image {
    const image = this.get(reference);
    if (image.record.retired) throw new BerthError("notFound", `No such image: ${reference}`);
    requirePlatform(reference, image.config, platform);
    return image;
  }
}
