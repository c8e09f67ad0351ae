// The database tables of volumes and of containers' mounts.
import type { Database } from "bun:sqlite";
import * as v from "valibot";
import { type MountPlan, mountPlanSchema } from "./mount-plan.ts";

export interface VolumeRecord {
  name: string;
  /** RFC 3339. */
  created: string;
  labels: Record<string, string> | null;
  options: Record<string, string> | null;
}

const words = v.nullable(v.record(v.string(), v.string()));

interface VolumeRow {
  name: string;
  created: string;
  labels: string;
  options: string;
}

export class VolumeStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  load(): VolumeRecord[] {
    return this.database
      .query<VolumeRow, []>("SELECT name, created, labels, options FROM volumes")
      .all()
      .map(({ name, created, labels, options }) => ({
        name,
        created,
        labels: v.parse(words, JSON.parse(labels)),
        options: v.parse(words, JSON.parse(options)),
      }));
  }

  add({ name, created, labels, options }: VolumeRecord): void {
    this.database
      .query("INSERT INTO volumes (name, created, labels, options) VALUES (?, ?, ?, ?)")
      .run(name, created, JSON.stringify(labels), JSON.stringify(options));
  }

  /** Deletes a volume's record and records that its directory must still be removed. */
  remove(name: string): void {
    this.database.transaction(() => {
      this.database.query("DELETE FROM volumes WHERE name = ?").run(name);
      this.database.query("INSERT OR REPLACE INTO removed_volumes (name) VALUES (?)").run(name);
    })();
  }

  /** Volumes whose removal was interrupted by a crash. */
  halfRemoved(): string[] {
    return this.database
      .query<{ name: string }, []>("SELECT name FROM removed_volumes")
      .all()
      .map(({ name }) => name);
  }

  removalDone(name: string): void {
    this.database.query("DELETE FROM removed_volumes WHERE name = ?").run(name);
  }

  loadMounts(): Map<string, MountPlan[]> {
    const rows = this.database
      .query<{ container_id: string; plan: string }, []>(
        "SELECT container_id, plan FROM container_mounts ORDER BY container_id, ordinal",
      )
      .all();
    const mounts = new Map<string, MountPlan[]>();
    for (const { container_id, plan } of rows) {
      const plans = mounts.get(container_id) ?? [];
      plans.push(v.parse(mountPlanSchema, JSON.parse(plan)));
      mounts.set(container_id, plans);
    }
    return mounts;
  }

  setMounts(containerId: string, plans: readonly MountPlan[]): void {
    const insert = this.database.query(
      "INSERT INTO container_mounts (container_id, ordinal, volume, plan) VALUES (?, ?, ?, ?)",
    );
    this.database.transaction(() => {
      this.removeMounts(containerId);
      plans.forEach((plan, ordinal) => {
        insert.run(containerId, ordinal, plan.type === "volume" ? plan.name : null, JSON.stringify(plan));
      });
    })();
  }

  removeMounts(containerId: string): void {
    this.database.query("DELETE FROM container_mounts WHERE container_id = ?").run(containerId);
  }
}
