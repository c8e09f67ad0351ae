// Build cache records: the image that a step resulted in. A record keeps its unlisted image, and so its layers.
import type { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";

/** The form of BuildKit's IDs: 25 letters and digits. */
const ID_LENGTH = 25;

export interface CacheRecord {
  id: string;
  /** Undefined for a result without files or configuration. */
  imageId: string | undefined;
  /** The step's layer; undefined when it has none. */
  layer: number | undefined;
  description: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  lastUsedAt: number;
  usageCount: number;
}

interface Row {
  id: string;
  image_id: string | null;
  layer: number | null;
  description: string;
  created_at: number;
  last_used_at: number;
  usage_count: number;
}

export class CacheRecords {
  private readonly database: Database;
  /** Number of records per image. */
  private readonly imageUses = new Map<string, number>();

  constructor(database: Database) {
    this.database = database;
    type Uses = { image_id: string; uses: number };
    const counts = "SELECT image_id, count(*) AS uses FROM build_cache WHERE image_id IS NOT NULL GROUP BY image_id";
    for (const { image_id, uses } of database.query<Uses, []>(counts).all()) this.imageUses.set(image_id, uses);
  }

  /** The record of a key; counts as a use. */
  use(key: string): CacheRecord | undefined {
    const row = this.database
      .query<Row, [number, string]>(
        `UPDATE build_cache SET last_used_at = ?, usage_count = usage_count + 1
           WHERE id = (SELECT record_id FROM build_cache_keys WHERE key = ?) RETURNING *`,
      )
      .get(Date.now(), key);
    return row ? recordOf(row) : undefined;
  }

  /** Stores a result under its keys. */
  add(
    keys: readonly string[],
    { imageId, layer, description }: Pick<CacheRecord, "imageId" | "layer" | "description">,
  ): void {
    const id = newId();
    const now = Date.now();
    this.database.transaction(() => {
      this.database
        .query(
          `INSERT INTO build_cache (id, image_id, layer, description, created_at, last_used_at, usage_count)
             VALUES (?, ?, ?, ?, ?, ?, 1)`,
        )
        .run(id, imageId ?? null, layer ?? null, description, now, now);
      const addKey = this.database.query(
        `INSERT INTO build_cache_keys (key, record_id) VALUES (?, ?)
           ON CONFLICT (key) DO UPDATE SET record_id = excluded.record_id`,
      );
      for (const key of keys) addKey.run(key, id);
    })();
    this.count(imageId, 1);
    // Records without a key, after a build without cache, can never be found: remove them.
    const superseded = this.database
      .query<Row, []>("DELETE FROM build_cache WHERE id NOT IN (SELECT record_id FROM build_cache_keys) RETURNING *")
      .all();
    for (const { image_id } of superseded) this.count(image_id ?? undefined, -1);
  }

  has(key: string): boolean {
    return this.database.query("SELECT 1 FROM build_cache_keys WHERE key = ?").get(key) !== null;
  }

  all(): CacheRecord[] {
    return this.database.query<Row, []>("SELECT * FROM build_cache ORDER BY created_at").all().map(recordOf);
  }

  get(id: string): CacheRecord | undefined {
    const row = this.database.query<Row, [string]>("SELECT * FROM build_cache WHERE id = ?").get(id);
    return row ? recordOf(row) : undefined;
  }

  needs(imageId: string): boolean {
    return this.imageUses.has(imageId);
  }

  remove({ id, imageId }: CacheRecord): void {
    const { changes } = this.database.query("DELETE FROM build_cache WHERE id = ?").run(id);
    if (changes > 0) this.count(imageId, -1);
  }

  private count(imageId: string | undefined, change: number): void {
    if (imageId === undefined) return;
    const uses = (this.imageUses.get(imageId) ?? 0) + change;
    if (uses > 0) this.imageUses.set(imageId, uses);
    else this.imageUses.delete(imageId);
  }
}

function recordOf(row: Row): CacheRecord {
  return {
    id: row.id,
    imageId: row.image_id ?? undefined,
    layer: row.layer ?? undefined,
    description: row.description,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    usageCount: row.usage_count,
  };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

function newId(): string {
  return Array.from(randomBytes(ID_LENGTH), (byte) => LETTERS.charAt(byte % LETTERS.length)).join("");
}
