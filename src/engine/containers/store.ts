// Every container the engine has, in memory and in the database, found by ID, name or a unique beginning of the ID.
import type { Database } from "bun:sqlite";
import { BerthError } from "../../api/errors.ts";
import type { ContainerSpec, ContainerState } from "./record.ts";

interface Row {
  spec: string;
  state: string;
}

/** What the store needs of a container object. */
export interface Stored {
  readonly spec: ContainerSpec;
  readonly state: ContainerState;
}

export class ContainerStore<T extends Stored> {
  private readonly database: Database;
  private readonly byId = new Map<string, T>();
  private readonly byName = new Map<string, T>();
  /** Names given out to containers still being created. */
  private readonly reserved = new Map<string, string>();

  constructor(database: Database) {
    this.database = database;
  }

  /** Reads all rows, newest container last. */
  load(make: (spec: ContainerSpec, state: ContainerState) => T): void {
    for (const row of this.database.query<Row, []>("SELECT spec, state FROM containers ORDER BY rowid").all()) {
      const spec: ContainerSpec = JSON.parse(row.spec);
      const state: ContainerState = JSON.parse(row.state);
      this.index(make(spec, state));
    }
  }

  all(): T[] {
    return [...this.byId.values()];
  }

  /** The container with this very ID. */
  byExactId(id: string): T | undefined {
    return this.byId.get(id);
  }

  /** The container of this very name, without a slash in front. */
  byExactName(name: string): T | undefined {
    return this.byName.get(name);
  }

  /**
   * Full ID first, then the exact name, then a unique beginning of an ID.
   * @throws BerthError invalidParameter when the beginning fits several.
   */
  find(reference: string): T | undefined {
    const exact = this.byId.get(reference) ?? this.byName.get(reference.replace(/^\//, ""));
    if (exact || reference === "") return exact;
    const matches = [...this.byId.keys()].filter((id) => id.startsWith(reference));
    if (matches.length > 1) {
      throw new BerthError("invalidParameter", `multiple IDs found with provided prefix: ${reference}`);
    }
    const [match] = matches;
    return match === undefined ? undefined : this.byId.get(match);
  }

  /** @throws BerthError notFound, in Docker's words; invalidParameter for no reference at all. */
  get(reference: string): T {
    if (reference === "") throw new BerthError("invalidParameter", 'invalid name or ID supplied: ""');
    const found = this.find(reference);
    if (!found) throw new BerthError("notFound", `No such container: ${reference}`);
    return found;
  }

  isNameTaken(name: string): boolean {
    return this.byName.has(name) || this.reserved.has(name);
  }

  /** Holds `name` for a container that is being made or renamed, until {@link releaseName}. */
  reserveName(name: string, id: string): void {
    const holder = this.byName.get(name)?.spec.id ?? this.reserved.get(name);
    if (holder !== undefined) {
      throw new BerthError(
        "conflict",
        `Conflict. The container name "/${name}" is already in use by container "${holder}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
    this.reserved.set(name, id);
  }

  releaseName(name: string): void {
    this.reserved.delete(name);
  }

  insert(container: T): void {
    const { spec, state } = container;
    this.database
      .query("INSERT INTO containers (id, name, image_id, spec, state) VALUES (?, ?, ?, ?, ?)")
      .run(spec.id, spec.name, spec.imageId, JSON.stringify(spec), JSON.stringify(state));
    this.index(container);
  }

  saveState(container: T): void {
    this.database
      .query("UPDATE containers SET state = ? WHERE id = ?")
      .run(JSON.stringify(container.state), container.spec.id);
  }

  /** Saves the spec; `formerName` is the name before a rename. */
  saveSpec(container: T, formerName = container.spec.name): void {
    const { spec } = container;
    this.database
      .query("UPDATE containers SET name = ?, spec = ? WHERE id = ?")
      .run(spec.name, JSON.stringify(spec), spec.id);
    this.byName.delete(formerName);
    this.byName.set(spec.name, container);
  }

  delete(container: T): void {
    this.database.query("DELETE FROM containers WHERE id = ?").run(container.spec.id);
    this.byId.delete(container.spec.id);
    this.byName.delete(container.spec.name);
  }

  private index(container: T): void {
    this.byId.set(container.spec.id, container);
    this.byName.set(container.spec.name, container);
  }
}
