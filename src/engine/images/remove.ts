// `rmi`: untagging against deleting, and what stands in the way of it, in Docker's words.
import { BerthError } from "../../api/errors.ts";
import type { ImageDeleteEntry } from "../../api/images.ts";
import { familiarReference, parseReference, repositoryOf, withDefaultTag } from "../../api/references.ts";
import type { ImageReader } from "./image.ts";
import { getRecord } from "./lookup.ts";
import { familiarDigest, familiarTag, splitDigest, splitTag } from "./names.ts";
import type { ImageRecord } from "./records.ts";
import type { ImageServices } from "./services.ts";
import { publish } from "./store-image.ts";
import { collect } from "./work.ts";

export interface RemoveOptions {
  force: boolean;
  /** Also the unnamed images it was made from, when nothing else needs them. */
  prunesParents: boolean;
}

export interface Removal {
  entries: ImageDeleteEntry[];
  /** Bytes. */
  freed: number;
}

interface Conflict {
  message: string;
  /** Not even force helps. */
  isHard: boolean;
  /** A container uses the image. */
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
      if (isSingleReference(record)) {
        const conflict = this.conflict(record, force, { ignoresNames: true });
        if (conflict) throw conflictError(record, conflict);
        this.untagAll(record, removal);
      }
      this.delete(record, { force, prunesParents, isQuiet: false }, removal);
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

  /** Removes an image with all its names, unless something has come to use it meanwhile. */
  removeUnused(id: string): Removal {
    const removal: Removal = { entries: [], freed: 0 };
    const record = this.services.records.byImageId(id);
    if (!record || record.retired || this.conflict(record, false, { ignoresNames: true })) return removal;
    this.untagAll(record, removal);
    this.delete(record, { force: false, prunesParents: true, isQuiet: true }, removal);
    return removal;
  }

  /** Takes one name away, and with the last tag of a repository its digests. */
  private untag(record: ImageRecord, text: string, removal: Removal): void {
    const reference = parseReference(text);
    const repository = repositoryOf(reference);
    const { tag, digest } = withDefaultTag(reference);
    if (digest !== undefined) {
      this.services.records.removeDigest(`${repository}@${digest}`);
      this.recordUntag(record, familiarReference({ domain: reference.domain, path: reference.path, digest }), removal);
      return;
    }
    this.services.records.removeTag(`${repository}:${tag}`);
    this.recordUntag(record, familiarReference(withDefaultTag(reference)), removal);
    if ([...record.tags].some((name) => splitTag(name).repository === repository)) return;
    for (const name of [...record.digests].filter((name) => splitDigest(name).repository === repository)) {
      this.services.records.removeDigest(name);
      this.recordUntag(record, familiarDigest(name), removal);
    }
  }

  private untagAll(record: ImageRecord, removal: Removal): void {
    const { records } = this.services;
    for (const name of [...record.tags, ...record.digests].sort()) {
      const isTag = record.tags.has(name);
      if (isTag) records.removeTag(name);
      else records.removeDigest(name);
      this.recordUntag(record, isTag ? familiarTag(name) : familiarDigest(name), removal);
    }
  }

  private recordUntag(record: ImageRecord, name: string, removal: Removal): void {
    removal.entries.push({ Untagged: name });
    publish(this.services, "untag", record.id, record.id);
  }

  private delete(
    record: ImageRecord,
    { force, prunesParents, isQuiet }: RemoveOptions & { isQuiet: boolean },
    removal: Removal,
  ): void {
    const conflict = this.conflict(record, force);
    if (conflict) {
      const isDangling =
        record.tags.size + record.digests.size === 0 && this.services.records.childrenOf(record.id).length === 0;
      if (isQuiet && (!isDangling || conflict.isUsed)) return;
      throw conflictError(record, conflict);
    }
    this.untagAll(record, removal);
    publish(this.services, "delete", record.id, record.id);
    const { parent } = record;
    const isUsed = this.services.containersUsing(record.id).length > 0;
    removal.entries.push({ Deleted: record.id });
    if (isUsed) this.services.records.remove(record.id, true);
    else this.forget(record, removal);
    const parentRecord = prunesParents && parent !== "" ? this.services.records.byImageId(parent) : undefined;
    if (parentRecord) this.delete(parentRecord, { force: false, prunesParents, isQuiet: true }, removal);
  }

  /** Lets go of retired images that no container stands on any more. */
  forgetRetired(): void {
    for (const record of this.services.records.all()) {
      if (record.retired && this.services.containersUsing(record.id).length === 0) {
        this.forget(record, { entries: [], freed: 0 });
      }
    }
  }

  private forget(record: ImageRecord, removal: Removal): void {
    const { records, layers } = this.services;
    const stack = layers.stack(record.topLayer);
    const blobs = [record.id, ...records.manifestsOf(record.id).map(({ digest }) => digest)];
    records.remove(record.id);
    this.reader.forget(record.id);
    const top = record.topLayer === undefined ? [] : [record.topLayer];
    removal.freed += collect(this.services, { layers: top, blobs });
    for (const { chainId } of stack) if (!layers.find(chainId)) removal.entries.push({ Deleted: chainId });
  }

  private conflict(record: ImageRecord, force: boolean, { ignoresNames = false } = {}): Conflict | undefined {
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

/** At most one tag, and everything in one repository. */
function isSingleReference({ tags, digests }: ImageRecord): boolean {
  if (tags.size + digests.size <= 1) return true;
  if (tags.size > 1) return false;
  const repositories = new Set([
    ...[...tags].map((name) => splitTag(name).repository),
    ...[...digests].map((name) => splitDigest(name).repository),
  ]);
  return repositories.size === 1;
}
