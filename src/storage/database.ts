// The database of everything that exists: one SQLite file in WAL mode, its schema grown by numbered migrations.
import { constants, Database } from "bun:sqlite";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { BerthError } from "../api/errors.ts";
import { reserveRoom } from "../linux/files.ts";
import { migrations } from "./migrations/index.ts";

export type { Database };

/** More than the write-ahead log holds before it is begun again, after 1,000 pages. */
const LOG_ROOM = 5 * 1024 * 1024;
/** The file grows by so much at a time. */
const GROWTH = 1024 * 1024;

/** Opens (or makes) the database at `path` and brings its schema up to date. */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path, { create: true, strict: true });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
  migrate(database);
  setRoomAside(database, path);
  return database;
}

/** A container may fill the disk: that it has ended must be written all the same, and that it is removed. */
function setRoomAside(database: Database, path: string): void {
  database.fileControl(constants.SQLITE_FCNTL_CHUNK_SIZE, new Int32Array([GROWTH, 0]));
  const log = openSync(`${path}-wal`, "r+");
  try {
    reserveRoom(log, LOG_ROOM);
  } catch {
    // The disk is full or small already, or cannot do so: then it goes on without.
  } finally {
    closeSync(log);
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
