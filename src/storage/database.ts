// The database of everything that exists: one SQLite file in WAL mode, its schema grown by numbered migrations.
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { BerthError } from "../api/errors.ts";
import { migrations } from "./migrations/index.ts";

export type { Database };

/** Opens (or makes) the database at `path` and brings its schema up to date. */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path, { create: true, strict: true });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
  migrate(database);
  return database;
}

function migrate(database: Database): void {
  const row = database.query<{ user_version: number }, []>("PRAGMA user_version").get();
  const current = row?.user_version ?? 0;
  if (current > migrations.length) {
    throw new BerthError(
      "internal",
      `the data root was written by a newer Berth (schema ${current}, this one knows ${migrations.length}); upgrade Berth or use another --data-root`,
    );
  }
  migrations.slice(current).forEach((migration, index) => {
    database.transaction(() => {
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${current + index + 1}`);
    })();
  });
}
