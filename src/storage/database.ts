// Opens the engine's SQLite database in WAL mode and applies numbered migrations.
import { constants, Database } from "bun:sqlite";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { BerthError } from "../api/errors.ts";
import { reserveRoom } from "../linux/files.ts";
import { migrations } from "./migrations/index.ts";

export type { Database };

/** Larger than the write-ahead log gets before it is reset, after 1,000 pages. */
const WAL_RESERVE = 5 * 1024 * 1024;
/** The file grows in steps of this size. */
const FILE_GROWTH_STEP = 1024 * 1024;

/** Opens or creates the database at `path` and migrates its schema. */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path, { create: true, strict: true });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
  migrate(database);
  reserveSpace(database, path);
  return database;
}

/** Reserves space: container exits and removals must be recorded even if a container fills the disk. */
function reserveSpace(database: Database, path: string): void {
  database.fileControl(constants.SQLITE_FCNTL_CHUNK_SIZE, new Int32Array([FILE_GROWTH_STEP, 0]));
  const wal = openSync(`${path}-wal`, "r+");
  try {
    reserveRoom(wal, WAL_RESERVE);
  } catch {
    // The disk is already full or small, or does not support it: continue without the reserve.
  } finally {
    closeSync(wal);
  }
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
