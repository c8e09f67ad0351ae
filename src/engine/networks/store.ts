// Networks and containers' endpoints in the database, each one JSON document; read once at start, kept in memory.
import type { Database } from "bun:sqlite";
import type { ContainerRecord, NetworkRecord } from "./records.ts";

interface Row {
  document: string;
}

export class NetworkStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  networks(): NetworkRecord[] {
    return this.rows<NetworkRecord>("SELECT document FROM networks ORDER BY rowid");
  }

  containers(): ContainerRecord[] {
    return this.rows<ContainerRecord>("SELECT document FROM container_networks");
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

  private rows<T>(query: string): T[] {
    return this.database
      .query<Row, []>(query)
      .all()
      .map(({ document }): T => JSON.parse(document));
  }
}
