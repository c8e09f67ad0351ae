// `rmi`: untags or deletes images; conflicts in Docker's words.
import { BerthError } from "../../api/errors.ts";
import { familiarReference, parseReference, repositoryOf, withDefaultTag } from "../../api/references.ts";
import type { ImageReader } from "./image.ts";
import { collect } from "./lease.ts";
import { getRecord } from "./lookup.ts";
import { familiarDigest, familiarTag, type RepositoryDigest, splitDigest, splitTag } from "./names.ts";
import type { ImageRecord } from "./records.ts";
import type { ImageServices } from "./services.ts";
import { publish } from "./store-image.ts";

export interface RemoveOptions {
  force: boolean;
  /** Whether untagged parents are deleted too when nothing else uses them. */
  prunesParents: boolean;
}

/** A name that was taken from an image, or an image or layer that was deleted. */
export type RemovedImage = { type: "untagged"; name: string } | { type: "deleted"; id: string };

export interface Removal {
  entries: RemovedImage[];
  /** Bytes. */
  freed: number;
}

interface DeleteOptions extends RemoveOptions {
  /** Names are no conflict. */
  ignoresNames?: boolean;
  /** A conflict keeps the image instead of failing. */
  isQuiet: boolean;
}

/** The content of an image on disk. */
interface ImageContent {
  id: string;
  layers: number[];
  blobs: string[];
  chainIds: string[];
}

interface Conflict {
  message: string;
  /** Whether force does not help. */
  isHard: boolean;
  /** Whether a container uses the image. */
  isUsed: boolean;
}

const shortId = (id: string): string => id.replace(/^sha256:/, "").slice(0, 12);

export class ImageRemover {
  private readonly services: ImageServices;
  private readonly reader: ImageReader;

  constructor(services: ImageServices, reader: ImageReader) {
    this.services = services;
    this.reader = reader;
  }

  /** @throws BerthError notFound, conflict */
  remove(text: string, { force, prunesParents }: RemoveOptions): Removal {
    const record = getRecord(this.services.records, text);
    if (record.retired) throw new BerthError("notFound", `No such image: ${text}`);
    const removal: Removal = { entries: [], freed: 0 };
    if (isIdOf(record.id, text)) {
      const ignoresNames = isSingleReference(record);
      this.delete(record, { force, prunesParents, ignoresNames, isQuiet: false }, removal);
      return removal;
    }
    const user = this.services.containersUsing(record.id).find(({ isBuild }) => !isBuild);
    if (!force && user && isSingleReference(record)) {
      throw new BerthError(
        "conflict",
        `conflict: unable to remove repository reference "${text}" (must force) - container ${shortId(user.id)} is using its referenced image ${shortId(record.id)}`,
      );
    }
    this.untag(record, text, removal);
    if (record.tags.size + record.digests.size === 0) {
      this.delete(record, { force, prunesParents, isQuiet: true }, removal);
    }
    return removal;
  }

  /** Removes an image with all its names; of one that is in use, the names up to the last, as Docker does. */
  removeUnused(id: string): Removal {
    const removal: Removal = { entries: [], freed: 0 };
    const record = this.services.records.byImageId(id);
    if (!record || record.retired) return removal;
    if (this.services.containersUsing(id).length > 0) this.removeSpareNames(record, removal);
    else this.delete(record, { force: false, prunesParents: true, ignoresNames: true, isQuiet: true }, removal);
    return removal;
  }

  private removeSpareNames(record: ImageRecord, removal: Removal): void {
    for (const name of [...record.tags, ...record.digests].sort()) {
      if (isSingleReference(record)) return;
      if (record.tags.has(name) || record.digests.has(name)) this.untag(record, name, removal);
    }
  }

  /** Removes one name; with the last tag of a repository its digests too. */
  private untag(record: ImageRecord, text: string, removal: Removal): void {
    const reference = parseReference(text);
    const repository = repositoryOf(reference);
    const { tag, digest } = withDefaultTag(reference);
    if (digest !== undefined) {
      this.services.records.removeNames({ digests: [`${repository}@${digest}`] });
      this.recordUntag(record, familiarReference({ domain: reference.domain, path: reference.path, digest }), removal);
      return;
    }
    const isLast = [...record.tags].filter((name) => splitTag(name).repository === repository).length === 1;
    const inRepository = (name: RepositoryDigest): boolean => splitDigest(name).repository === repository;
    const digests = isLast ? [...record.digests].filter(inRepository) : [];
    this.services.records.removeNames({ tags: [`${repository}:${tag}`], digests });
    this.recordUntag(record, familiarReference(withDefaultTag(reference)), removal);
    for (const name of digests) this.recordUntag(record, familiarDigest(name), removal);
  }

  private recordUntag(record: ImageRecord, name: string, removal: Removal): void {
    removal.entries.push({ type: "untagged", name });
    publish(this.services, "untag", record.id, record.id);
  }

  private delete(
    record: ImageRecord,
    { force, prunesParents, ignoresNames = false, isQuiet }: DeleteOptions,
    removal: Removal,
  ): void {
    const conflict = this.conflict(record, force, ignoresNames);
    if (conflict) {
      const isDangling =
        record.tags.size + record.digests.size === 0 && this.services.records.childrenOf(record.id).length === 0;
      if (isQuiet && (!isDangling || conflict.isUsed)) return;
      throw conflictError(record, conflict);
    }
    const names = [...record.tags, ...record.digests]
      .sort()
      .map((name) => (record.tags.has(name) ? familiarTag(name) : familiarDigest(name)));
    const content = this.contentOf(record);
    const isNeeded = this.services.containersUsing(record.id).length > 0 || this.services.isCached(record.id);
    this.services.records.remove(record.id, isNeeded);
    for (const name of names) this.recordUntag(record, name, removal);
    publish(this.services, "delete", record.id, record.id);
    removal.entries.push({ type: "deleted", id: record.id });
    if (!isNeeded) this.discard(content, removal);
    const parent = record.parent === "" ? undefined : this.services.records.byImageId(record.parent);
    if (prunesParents && parent && !parent.retired) {
      this.delete(parent, { force: false, prunesParents, isQuiet: true }, removal);
    }
  }

  /** Removes retired images that neither a container nor the build cache needs any more; answers the bytes freed. */
  forgetRetired(): number {
    const removal: Removal = { entries: [], freed: 0 };
    const { records, containersUsing, isCached } = this.services;
    for (const record of records.all()) {
      if (!record.retired || isCached(record.id) || containersUsing(record.id).length > 0) continue;
      const content = this.contentOf(record);
      records.remove(record.id);
      this.discard(content, removal);
    }
    return removal.freed;
  }

  private contentOf({ id, topLayer }: ImageRecord): ImageContent {
    const { records, layers } = this.services;
    return {
      id,
      layers: topLayer === undefined ? [] : [topLayer],
      blobs: [id, ...records.manifestsOf(id).map(({ digest }) => digest)],
      chainIds: layers.stack(topLayer).map(({ chainId }) => chainId),
    };
  }

  /** Removes the content that only a deleted image used. */
  private discard({ id, layers, blobs, chainIds }: ImageContent, removal: Removal): void {
    this.reader.forget(id);
    removal.freed += collect(this.services, { layers, blobs });
    const gone = chainIds.filter((chainId) => !this.services.layers.find(chainId));
    removal.entries.push(...gone.map((id) => ({ type: "deleted" as const, id })));
  }

  private conflict(record: ImageRecord, force: boolean, ignoresNames: boolean): Conflict | undefined {
    const { records, containersUsing } = this.services;
    if (records.childrenOf(record.id).length > 0) {
      return { message: "image has dependent child images", isHard: true, isUsed: false };
    }
    const users = containersUsing(record.id);
    const running = users.find((user) => user.running);
    if (running?.isBuild) return { message: "image is being used by a running build", isHard: true, isUsed: true };
    if (running) {
      return { message: `image is being used by running container ${shortId(running.id)}`, isHard: true, isUsed: true };
    }
    if (force) return undefined;
    if (!ignoresNames && record.tags.size + record.digests.size > 0) {
      return { message: "image is referenced in multiple repositories", isHard: false, isUsed: false };
    }
    const [stopped] = users;
    if (!stopped) return undefined;
    return { message: `image is being used by stopped container ${shortId(stopped.id)}`, isHard: false, isUsed: true };
  }
}

function conflictError({ id }: ImageRecord, { message, isHard }: Conflict): BerthError {
  const force = isHard ? "cannot be forced" : "must be forced";
  return new BerthError("conflict", `conflict: unable to delete ${shortId(id)} (${force}) - ${message}`);
}

function isIdOf(id: string, text: string): boolean {
  return id.startsWith(text.startsWith("sha256:") ? text : `sha256:${text}`);
}

/** Whether there is at most one tag, and all names are in one repository. */
export function isSingleReference({ tags, digests }: ImageRecord): boolean {
  if (tags.size + digests.size <= 1) return true;
  if (tags.size > 1) return false;
  const repositories = new Set([
    ...[...tags].map((name) => splitTag(name).repository),
    ...[...digests].map((name) => splitDigest(name).repository),
  ]);
  return repositories.size === 1;
}
