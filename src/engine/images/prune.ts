// `image prune`: removes dangling images, or with `all` unused ones, and partial downloads; supports dry runs.
import type { Filters } from "../filters.ts";
import { pruneFilter } from "../prune-filters.ts";
import { type PlannedRemoval, PrunePlans } from "../prune-plans.ts";
import type { Pruned, PrunePlan } from "../pruner.ts";
import type { Image, ImageReader } from "./image.ts";
import { familiarTag } from "./names.ts";
import type { ImageRecord } from "./records.ts";
import { type ImageRemover, isSingleReference, type RemovedImage } from "./remove.ts";
import type { ImageServices } from "./services.ts";

export const PRUNE_FILTERS = ["dangling", "label", "label!", "until"] as const;

const PARTIAL_PREFIX = "partial:";

export class ImagePruner {
  private readonly services: ImageServices;
  private readonly reader: ImageReader;
  private readonly remover: ImageRemover;
  private readonly plans = new PrunePlans();

  constructor(services: ImageServices, reader: ImageReader, remover: ImageRemover) {
    this.services = services;
    this.reader = reader;
    this.remover = remover;
  }

  /** Plans a prune that {@link apply} can carry out later. */
  plan(filters: Filters): PrunePlan {
    return this.plans.make(this.candidates(filters));
  }

  prune(filters: Filters): Promise<Pruned<RemovedImage>> {
    return this.removeAll(this.candidates(filters));
  }

  /** Carries out a plan, skipping images that have changed since. @throws BerthError notFound */
  apply(planId: string): Promise<Pruned<RemovedImage>> {
    const unchanged = this.plans.take(planId).filter((removal) => {
      if (isPartial(removal)) return true;
      const record = this.services.records.byImageId(removal.object.id);
      return record !== undefined && this.fingerprintOf(record) === removal.fingerprint;
    });
    return this.removeAll(unchanged);
  }

  private candidates(filters: Filters): PlannedRemoval[] {
    const onlyNameless = filters.flag("dangling") ?? true;
    const isPrunable = pruneFilter(filters);
    const images = this.services.records
      .all()
      .filter((record) => !record.retired && (!onlyNameless || this.isDangling(record)))
      .filter((record) => !this.isUsed(record) || !isSingleReference(record))
      .map((record) => this.reader.read(record))
      .filter(({ config }) => isPrunable(config.created ?? "", config.config?.Labels));
    const isFiltered = filters.has("until") || filters.has("label") || filters.has("label!");
    return [...this.removalsOf(images), ...(isFiltered ? [] : this.partials())];
  }

  private isUsed({ id }: ImageRecord): boolean {
    return this.services.containersUsing(id).length > 0;
  }

  private isDangling({ id, tags }: ImageRecord): boolean {
    return tags.size === 0 && this.services.records.childrenOf(id).length === 0;
  }

  /** Sizes are of the layers that only these images use; one that several share counts for the first of them. */
  private removalsOf(images: readonly Image[]): PlannedRemoval[] {
    const { layers, records } = this.services;
    const pruned = new Set(images.filter(({ record }) => !this.isUsed(record)).map(({ id }) => id));
    const kept = records.all().filter(({ id }) => !pruned.has(id));
    const counted = new Set(kept.flatMap(({ topLayer }) => layers.stack(topLayer).map(({ number }) => number)));
    return images.map(({ id, record }) => {
      const freed = layers.stack(record.topLayer).filter(({ number }) => !counted.has(number));
      for (const { number } of freed) counted.add(number);
      const size = freed.reduce((sum, { size, diffId }) => sum + size + this.archiveBytes(diffId), 0);
      const [name = ""] = [...record.tags].map(familiarTag).sort();
      return { object: { id, name, size }, fingerprint: this.fingerprintOf(record) };
    });
  }

  private archiveBytes(diffId: string): number {
    const { content, records } = this.services;
    return records.layerBlobs(diffId).reduce((sum, { digest }) => sum + (content.size(digest) ?? 0), 0);
  }

  private fingerprintOf({ id, tags, taggedAt }: ImageRecord): string {
    return JSON.stringify([id, [...tags].sort(), taggedAt, this.services.containersUsing(id).length]);
  }

  private partials(): PlannedRemoval[] {
    return this.services.content.partialBlobs().map(({ name, size }) => ({
      object: { id: `${PARTIAL_PREFIX}${name}`, name: "partial download", size },
      fingerprint: "",
    }));
  }

  private async removeAll(removals: readonly PlannedRemoval[]): Promise<Pruned<RemovedImage>> {
    const deleted: RemovedImage[] = [];
    let reclaimed = 0;
    for (const { object } of removals.filter(isPartial)) {
      this.services.content.removePartial(object.id.slice(PARTIAL_PREFIX.length));
      reclaimed += object.size;
    }
    // A parent can only be removed after its children, in any listing order.
    let left = removals.filter((removal) => !isPartial(removal));
    for (let removed = -1; removed !== deleted.length; ) {
      removed = deleted.length;
      const stuck: PlannedRemoval[] = [];
      for (const removal of left) {
        const { entries, freed } = this.remover.removeUnused(removal.object.id);
        if (entries.length === 0) stuck.push(removal);
        deleted.push(...entries);
        reclaimed += freed;
      }
      left = stuck;
    }
    // A prune waits until the space is freed; a removal does not.
    await this.services.trash.emptied();
    this.services.events.publish("image", "prune", "", { reclaimed: String(reclaimed) });
    return { removed: deleted, reclaimed };
  }
}

function isPartial({ object }: PlannedRemoval): boolean {
  return object.id.startsWith(PARTIAL_PREFIX);
}
