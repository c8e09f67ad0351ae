// `images`: filters and summaries of the image list.

import { parseTimestamp } from "../../api/time.ts";
import type { Filters } from "../filters.ts";
import type { Image, ImageReader } from "./image.ts";
import { getRecord } from "./lookup.ts";
import { familiarDigest, familiarTag } from "./names.ts";
import { matchesReference } from "./reference-pattern.ts";
import type { ImageServices } from "./services.ts";

export const LIST_FILTERS = ["dangling", "label", "label!", "before", "since", "reference", "until"] as const;

export interface ListOptions {
  /** Also images that are only parents of others. */
  all: boolean;
  filters: Filters;
  /** Fill in `sharedSize`. */
  sharedSize: boolean;
  /** Fill in `containers`. */
  containers: boolean;
}

export interface ListedImage {
  id: string;
  parent: string;
  /** As users write them. */
  tags: string[];
  digests: string[];
  /** Seconds since 1970. */
  created: number;
  /** Bytes. */
  size: number;
  /** Bytes of the layers that it shares with others, if requested. */
  sharedSize?: number;
  labels: Record<string, string> | undefined;
  /** Number of containers that use it, if requested. */
  containers?: number;
}

/** Newest first. */
export function listImages(services: ImageServices, reader: ImageReader, options: ListOptions): ListedImage[] {
  const { records } = services;
  const { filters } = options;
  const dangling = filters.flag("dangling");
  const isWanted = timeFilter(services, reader, filters);
  const summaries: ListedImage[] = [];
  for (const record of records.all().filter(({ retired }) => !retired)) {
    const image = reader.read(record);
    if (!isWanted(image) || !matchesLabels(filters, image)) continue;
    const tags = [...record.tags]
      .map(familiarTag)
      .filter((name) => matchesReference(filters, name))
      .sort();
    const digests = [...record.digests]
      .map(familiarDigest)
      .filter((name) => matchesReference(filters, name))
      .sort();
    if (tags.length + digests.length === 0) {
      const isShown = options.all || records.childrenOf(record.id).length === 0;
      if (!isShown || dangling === false || filters.has("reference")) continue;
    } else if (dangling === true && tags.length > 0) continue;
    summaries.push(summarize(image, tags, digests));
  }
  if (options.sharedSize) fillSharedSizes(services, summaries);
  if (options.containers)
    for (const summary of summaries) summary.containers = services.containersUsing(summary.id).length;
  return summaries.sort((one, other) => other.created - one.created);
}

function summarize(image: Image, tags: string[], digests: string[]): ListedImage {
  return {
    id: image.id,
    parent: image.record.parent,
    tags,
    digests,
    created: createdSeconds(image),
    size: image.size,
    labels: image.config.config?.Labels,
  };
}

/** Nanoseconds since 1970; 0 when the image has no creation time. */
function createdAt(image: Image): bigint {
  return parseTimestamp(image.config.created ?? "") ?? 0n;
}

function createdSeconds(image: Image): number {
  return Number(createdAt(image) / 1_000_000_000n);
}

function matchesLabels(filters: Filters, image: Image): boolean {
  const labels = image.config.config?.Labels;
  const excludes = filters.has("label!") && filters.labels("label!", labels);
  return filters.labels("label", labels) && !excludes;
}

function timeFilter(services: ImageServices, reader: ImageReader, filters: Filters): (image: Image) => boolean {
  const timeOf = (name: string): bigint => createdAt(reader.read(getRecord(services.records, name)));
  const before = filters.values("before").map(timeOf);
  const since = filters.values("since").map(timeOf);
  const until = filters.moments("until");
  return (image) => {
    const created = createdAt(image);
    return (
      before.every((limit) => created < limit) &&
      since.every((limit) => created > limit) &&
      until.every((limit) => created < limit)
    );
  };
}

/** The size of the layers that each image shares with others. */
function fillSharedSizes({ layers, records }: ImageServices, summaries: ListedImage[]): void {
  const users = new Map<number, number>();
  const stackOf = (id: string) => layers.stack(records.byImageId(id)?.topLayer);
  for (const { id } of records.all()) {
    for (const { number } of stackOf(id)) users.set(number, (users.get(number) ?? 0) + 1);
  }
  for (const summary of summaries) {
    summary.sharedSize = stackOf(summary.id)
      .filter(({ number }) => (users.get(number) ?? 0) > 1)
      .reduce((sum, { size }) => sum + size, 0);
  }
}
