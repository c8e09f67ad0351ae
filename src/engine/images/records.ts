// Images in the database: records, names and the blobs they need. Loaded at start; each change is one transaction, after
// which the maps are updated.
import type { Database } from "bun:sqlite";
import { BerthError } from "../../api/errors.ts";
import { type RepositoryDigest, type RepositoryTag, splitDigest, splitTag } from "./names.ts";

export interface ImageRecord {
  /** "sha256:…": the digest of its configuration. */
  id: string;
  topLayer: number | undefined;
  /** The parent image; "" when unknown. */
  parent: string;
  /** When it was last tagged, or else created here, in milliseconds since 1970. */
  taggedAt: number;
  /**
   * Not listed and known by its full ID alone: removed while a container or the build cache still needs it, or made as a
   * result of the build cache.
   */
  retired: boolean;
  tags: ReadonlySet<RepositoryTag>;
  digests: ReadonlySet<RepositoryDigest>;
}

export interface NewImage {
  id: string;
  topLayer: number | undefined;
  parent?: string;
  /** Whether a new image is retired from the start. */
  isHidden?: boolean;
  manifests?: readonly ManifestBlob[];
}

/** A manifest or index of an image. */
export interface ManifestBlob {
  digest: string;
  mediaType: string;
}

/** A layer's archive in the content store. */
export interface LayerBlob {
  digest: string;
  diffId: string;
  mediaType: string;
  size: number;
}

interface ImageRow {
  id: string;
  top_layer: number | null;
  parent: string;
  tagged_at: number;
  retired: number;
}

interface MutableRecord extends ImageRecord {
  taggedAt: number;
  retired: boolean;
  tags: Set<RepositoryTag>;
  digests: Set<RepositoryDigest>;
}

export class ImageRecords {
  private readonly database: Database;
  private readonly byId = new Map<string, MutableRecord>();
  private readonly byParent = new Map<string, Set<MutableRecord>>();
  private readonly byTag = new Map<RepositoryTag, MutableRecord>();
  private readonly byDigest = new Map<RepositoryDigest, MutableRecord>();

  constructor(database: Database) {
    this.database = database;
    this.load();
  }

  /** Runs several changes in one transaction. */
  atomically<T>(changes: () => T): T {
    try {
      return this.database.transaction(changes)();
    } catch (thrown) {
      for (const map of [this.byId, this.byParent, this.byTag, this.byDigest]) map.clear();
      this.load();
      throw thrown;
    }
  }

  private load(): void {
    const { database } = this;
    for (const row of database.query<ImageRow, []>("SELECT * FROM images").all()) {
      this.remember({
        id: row.id,
        topLayer: row.top_layer ?? undefined,
        parent: row.parent,
        taggedAt: row.tagged_at,
        retired: row.retired === 1,
        tags: new Set(),
        digests: new Set(),
      });
    }
    type NameRow = { repository: string; name: string; image_id: string };
    const tags = database.query<NameRow, []>("SELECT repository, tag AS name, image_id FROM image_tags").all();
    for (const { repository, name, image_id } of tags) this.rememberTag(`${repository}:${name}`, image_id);
    const digests = database.query<NameRow, []>("SELECT repository, digest AS name, image_id FROM image_digests").all();
    for (const { repository, name, image_id } of digests) this.rememberDigest(`${repository}@${name}`, image_id);
  }

  byImageId(id: string): ImageRecord | undefined {
    return this.byId.get(id);
  }

  tagged(name: RepositoryTag): ImageRecord | undefined {
    return this.byTag.get(name);
  }

  digested(name: RepositoryDigest): ImageRecord | undefined {
    return this.byDigest.get(name);
  }

  /** All images, including retired ones. */
  all(): ImageRecord[] {
    return [...this.byId.values()];
  }

  allTags(): RepositoryTag[] {
    return [...this.byTag.keys()];
  }

  /** The images whose parent this is, without retired ones. */
  childrenOf(id: string): ImageRecord[] {
    return [...(this.byParent.get(id) ?? [])].filter(({ retired }) => !retired);
  }

  /** Adds an image. One that is there gains the manifests, and is listed again unless the new one is hidden. */
  insert({ id, topLayer, parent = "", isHidden = false, manifests = [] }: NewImage): ImageRecord {
    const now = Date.now();
    this.database.transaction(() => {
      this.database
        .query(
          `INSERT INTO images (id, top_layer, parent, tagged_at, retired) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET retired = min(retired, excluded.retired)`,
        )
        .run(id, topLayer ?? null, parent, now, isHidden ? 1 : 0);
      const addManifest = this.database.query(
        "INSERT OR IGNORE INTO image_manifests (image_id, digest, media_type) VALUES (?, ?, ?)",
      );
      for (const { digest, mediaType } of manifests) addManifest.run(id, digest, mediaType);
    })();
    const present = this.byId.get(id);
    if (present) {
      present.retired &&= isHidden;
      return present;
    }
    const record: MutableRecord = {
      id,
      topLayer,
      parent,
      taggedAt: now,
      retired: isHidden,
      tags: new Set(),
      digests: new Set(),
    };
    this.remember(record);
    return record;
  }

  /** Tags the image; returns the image that had the tag before. */
  tag(repository: string, tag: string, id: string): ImageRecord | undefined {
    const now = Date.now();
    const previous = this.byTag.get(`${repository}:${tag}`);
    this.database.transaction(() => {
      this.database
        .query(
          "INSERT INTO image_tags (repository, tag, image_id) VALUES (?, ?, ?) ON CONFLICT (repository, tag) DO UPDATE SET image_id = excluded.image_id",
        )
        .run(repository, tag, id);
      this.database.query("UPDATE images SET tagged_at = ? WHERE id = ?").run(now, id);
    })();
    previous?.tags.delete(`${repository}:${tag}`);
    this.rememberTag(`${repository}:${tag}`, id).taggedAt = now;
    return previous?.id === id ? undefined : previous;
  }

  addDigest(repository: string, digest: string, id: string): void {
    this.database
      .query("INSERT OR REPLACE INTO image_digests (repository, digest, image_id) VALUES (?, ?, ?)")
      .run(repository, digest, id);
    this.byDigest.get(`${repository}@${digest}`)?.digests.delete(`${repository}@${digest}`);
    this.rememberDigest(`${repository}@${digest}`, id);
  }

  /** Removes names from the images that have them. */
  removeNames({ tags = [], digests = [] }: { tags?: RepositoryTag[]; digests?: RepositoryDigest[] }): void {
    const deleteTag = this.database.query("DELETE FROM image_tags WHERE repository = ? AND tag = ?");
    const deleteDigest = this.database.query("DELETE FROM image_digests WHERE repository = ? AND digest = ?");
    this.database.transaction(() => {
      for (const { repository, tag } of tags.map(splitTag)) deleteTag.run(repository, tag);
      for (const { repository, digest } of digests.map(splitDigest)) deleteDigest.run(repository, digest);
    })();
    for (const tag of tags) {
      this.byTag.get(tag)?.tags.delete(tag);
      this.byTag.delete(tag);
    }
    for (const digest of digests) {
      this.byDigest.get(digest)?.digests.delete(digest);
      this.byDigest.delete(digest);
    }
  }

  /** Removes an image with all its names, or retires it when `retire`. */
  remove(id: string, retire = false): void {
    const record = this.byId.get(id);
    if (record === undefined) return;
    this.database.transaction(() => {
      this.database.query("DELETE FROM image_tags WHERE image_id = ?").run(id);
      this.database.query("DELETE FROM image_digests WHERE image_id = ?").run(id);
      if (retire) {
        this.database.query("UPDATE images SET retired = 1 WHERE id = ?").run(id);
        return;
      }
      this.database.query("DELETE FROM image_manifests WHERE image_id = ?").run(id);
      this.database.query("DELETE FROM images WHERE id = ?").run(id);
    })();
    for (const name of record.tags) this.byTag.delete(name);
    for (const name of record.digests) this.byDigest.delete(name);
    record.tags.clear();
    record.digests.clear();
    if (retire) record.retired = true;
    else this.forget(record);
  }

  manifestsOf(id: string): ManifestBlob[] {
    return this.database
      .query<{ digest: string; media_type: string }, [string]>(
        "SELECT digest, media_type FROM image_manifests WHERE image_id = ?",
      )
      .all(id)
      .map(({ digest, media_type }) => ({ digest, mediaType: media_type }));
  }

  addLayerBlob({ digest, diffId, mediaType, size }: LayerBlob): void {
    this.database
      .query("INSERT OR REPLACE INTO layer_blobs (digest, diff_id, media_type, size) VALUES (?, ?, ?, ?)")
      .run(digest, diffId, mediaType, size);
  }

  /** Removes the record of one archive of a layer. */
  removeLayerBlob(digest: string): void {
    this.database.query("DELETE FROM layer_blobs WHERE digest = ?").run(digest);
  }

  addManifest(id: string, { digest, mediaType }: ManifestBlob): void {
    this.database
      .query("INSERT OR IGNORE INTO image_manifests (image_id, digest, media_type) VALUES (?, ?, ?)")
      .run(id, digest, mediaType);
  }

  /** The archives known to unpack to a layer. */
  layerBlobs(diffId: string): LayerBlob[] {
    return this.database
      .query<{ digest: string; diff_id: string; media_type: string; size: number }, [string]>(
        "SELECT * FROM layer_blobs WHERE diff_id = ? ORDER BY size",
      )
      .all(diffId)
      .map(({ digest, diff_id, media_type, size }) => ({ digest, diffId: diff_id, mediaType: media_type, size }));
  }

  /** All archives. */
  allLayerBlobs(): { digest: string; size: number }[] {
    return this.database.query<{ digest: string; size: number }, []>("SELECT digest, size FROM layer_blobs").all();
  }

  /** Records that a repository of a registry has this blob. */
  addBlobSource(digest: string, registry: string, repository: string): void {
    this.database
      .query("INSERT OR IGNORE INTO blob_sources (digest, registry, repository) VALUES (?, ?, ?)")
      .run(digest, registry, repository);
  }

  /** The repositories of a registry that are known to have a blob. */
  blobSources(digest: string, registry: string): string[] {
    return this.database
      .query<{ repository: string }, [string, string]>(
        "SELECT repository FROM blob_sources WHERE digest = ? AND registry = ?",
      )
      .all(digest, registry)
      .map(({ repository }) => repository);
  }

  /** Removes the records of archives whose layers no longer exist; returns their digests. */
  dropStrayLayerBlobs(): string[] {
    return this.database
      .query<{ digest: string }, []>(
        "DELETE FROM layer_blobs WHERE diff_id NOT IN (SELECT diff_id FROM layers) RETURNING digest",
      )
      .all()
      .map(({ digest }) => digest);
  }

  /** Whether an image or layer needs this blob. */
  needsBlob(digest: string): boolean {
    const row = this.database
      .query<{ needed: number }, [string, string, string]>(
        `SELECT EXISTS (SELECT 1 FROM images WHERE id = ?) OR EXISTS (SELECT 1 FROM image_manifests WHERE digest = ?)
           OR EXISTS (SELECT 1 FROM layer_blobs WHERE digest = ?) AS needed`,
      )
      .get(digest, digest, digest);
    return row?.needed === 1;
  }

  private remember(record: MutableRecord): void {
    this.byId.set(record.id, record);
    const siblings = this.byParent.get(record.parent) ?? new Set();
    this.byParent.set(record.parent, siblings.add(record));
  }

  private forget(record: MutableRecord): void {
    this.byId.delete(record.id);
    const siblings = this.byParent.get(record.parent);
    siblings?.delete(record);
    if (siblings?.size === 0) this.byParent.delete(record.parent);
  }

  private rememberTag(name: RepositoryTag, id: string): MutableRecord {
    const record = this.required(id);
    record.tags.add(name);
    this.byTag.set(name, record);
    return record;
  }

  private rememberDigest(name: RepositoryDigest, id: string): void {
    const record = this.required(id);
    record.digests.add(name);
    this.byDigest.set(name, record);
  }

  private required(id: string): MutableRecord {
    const record = this.byId.get(id);
    if (record === undefined) throw new BerthError("internal", `image ${id} is missing`);
    return record;
  }
}
