// Networks and containers' endpoints in the database, one JSON document each; read once at start, kept in memory.
import type { Database } from "bun:sqlite";
import * as v from "valibot";
import type { Log } from "../../api/log.ts";
import { type ContainerRecord, containerRecordSchema, type NetworkRecord, networkRecordSchema } from "./records.ts";

interface Row {
  id: string;
  document: string;
}

export class NetworkStore {
  private readonly database: Database;
  private readonly log: Log;

  constructor(database: Database, log: Log) {
    this.database = database;
    this.log = log;
  }

  networks(): NetworkRecord[] {
    return this.read(networkRecordSchema, "SELECT id, document FROM networks ORDER BY rowid");
  }

  containers(): ContainerRecord[] {
    return this.read(containerRecordSchema, "SELECT container_id AS id, document FROM container_networks");
  }

  saveNetwork(record: NetworkRecord): void {
    this.database
      .query(
        "INSERT INTO networks (id, name, document) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document",
      )
      .run(record.id, record.name, JSON.stringify(record));
  }

  deleteNetwork(id: string): void {
    this.database.query("DELETE FROM networks WHERE id = ?").run(id);
  }

  saveContainer(record: ContainerRecord): void {
    this.database
      .query(
        "INSERT INTO container_networks (container_id, document) VALUES (?, ?) ON CONFLICT (container_id) DO UPDATE SET document = excluded.document",
      )
      .run(record.containerId, JSON.stringify(record));
  }

  deleteContainer(containerId: string): void {
    this.database.query("DELETE FROM container_networks WHERE container_id = ?").run(containerId);
  }

  /** A value the engine made once and keeps; `make` is called the first time. */
  setting(name: string, make: () => string): string {
    const row = this.database
      .query<{ value: string }, [string]>("SELECT value FROM network_settings WHERE name = ?")
      .get(name);
    if (row) return row.value;
    const value = make();
    this.database.query("INSERT INTO network_settings (name, value) VALUES (?, ?)").run(name, value);
    return value;
  }

  /** A damaged document stays in the database, and the engine continues without it. */
  private read<Schema extends v.GenericSchema>(schema: Schema, query: string): v.InferOutput<Schema>[] {
    const rows = this.database.query<Row, []>(query).all();
    return rows.flatMap(({ id, document }) => {
      try {
        return [v.parse(schema, JSON.parse(document))];
      } catch (thrown) {
        this.log.error("invalid network record in the database", { id, reason: String(thrown) });
        return [];
      }
    });
  }
}
