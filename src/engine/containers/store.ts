// Every container of the engine, in memory and in the database, found by ID, name or a unique prefix of the ID. The
// database is written first: memory changes only when the write has succeeded.
import type { Database } from "bun:sqlite";
import { BerthError } from "../../api/errors.ts";
import { type LifeEvent, transition } from "./lifecycle/transitions.ts";
import type { ContainerSpec, ContainerState } from "./record.ts";
import { parseSpec, parseState, serializeSpec, serializeState } from "./record-format.ts";

interface Row {
  id: string;
  name: string;
  spec: string;
  state: string;
}

/** What the store needs of a container. */
export interface Stored {
  readonly spec: ContainerSpec;
  readonly state: ContainerState;
}

export class ContainerStore<T extends Stored> {
  private readonly database: Database;
  private readonly byId = new Map<string, T>();
  private readonly byName = new Map<string, T>();
  /** Names of containers that are being created or renamed, with their IDs. */
  private readonly reserved = new Map<string, string>();
  /** IDs of rows that could not be read. */
  private readonly unreadable = new Set<string>();

  constructor(database: Database) {
    this.database = database;
  }

  /**
   * Reads all rows, the newest container last.
   * @param refused called for a row that cannot be read. Its name stays taken and its files are kept.
   */
  load(make: (spec: ContainerSpec, state: ContainerState) => T, refused: (id: string, thrown: unknown) => void): void {
    for (const row of this.database
      .query<Row, []>("SELECT id, name, spec, state FROM containers ORDER BY rowid")
      .all()) {
      try {
        this.index(make(parseSpec(row.spec), parseState(row.state)));
      } catch (thrown) {
        this.unreadable.add(row.id);
        this.reserved.set(row.name, row.id);
        refused(row.id, thrown);
      }
    }
  }

  /** Runs `work`, which must be synchronous, as one transaction: all of its writes take effect, or none. */
  transaction<R>(work: () => R): R {
    return this.database.transaction(work)();
  }

  all(): T[] {
    return [...this.byId.values()];
  }

  /** The container with exactly this ID. */
  byExactId(id: string): T | undefined {
    return this.byId.get(id);
  }

  /** The container with exactly this name, without a leading slash. */
  byExactName(name: string): T | undefined {
    return this.byName.get(name);
  }

  /** Whether the database has a container with this ID, readable or not. */
  hasRecord(id: string): boolean {
    return this.byId.has(id) || this.unreadable.has(id);
  }

  /**
   * Full ID first, then the exact name, then a unique prefix of an ID.
   * @throws BerthError invalidParameter when several IDs have the prefix.
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

  /** @throws BerthError notFound in Docker's words; invalidParameter for an empty reference */
  get(reference: string): T {
    if (reference === "") throw new BerthError("invalidParameter", 'invalid name or ID supplied: ""');
    const found = this.find(reference);
    if (!found) throw new BerthError("notFound", `No such container: ${reference}`);
    return found;
  }

  isNameTaken(name: string): boolean {
    return this.byName.has(name) || this.reserved.has(name);
  }

  /** Reserves `name` for a container that is being created or renamed, until {@link releaseName}. */
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
      .run(spec.id, spec.name, spec.imageId, serializeSpec(spec), serializeState(state));
    this.index(container);
  }

  /** @throws what the database throws; the container's state is then as before */
  saveState(container: T, changes: Partial<ContainerState>): void {
    this.database
      .query("UPDATE containers SET state = ? WHERE id = ?")
      .run(serializeState({ ...container.state, ...changes }), container.spec.id);
    Object.assign(container.state, changes);
  }

  /** Moves a container to the next state of its life. @throws as {@link saveState}; TransitionError */
  advance(container: T, event: LifeEvent, changes: Omit<Partial<ContainerState>, "life"> = {}): void {
    this.saveState(container, { ...changes, life: transition(container.state.life, event) });
  }

  /**
   * As {@link advance}, for what has happened whether it can be written or not, such as the end of a run on a full disk:
   * memory changes in any case.
   * @param failed called with the reason when it was not written
   */
  advanceRegardless(
    container: T,
    event: LifeEvent,
    changes: Omit<Partial<ContainerState>, "life">,
    failed: (thrown: unknown) => void,
  ): void {
    const all = { ...changes, life: transition(container.state.life, event) };
    try {
      this.saveState(container, all);
    } catch (thrown) {
      Object.assign(container.state, all);
      failed(thrown);
    }
  }

  /** @throws what the database throws; the container's spec is then as before */
  saveSpec(container: T, changes: Partial<ContainerSpec>): void {
    const { spec } = container;
    const changed = { ...spec, ...changes };
    this.database
      .query("UPDATE containers SET name = ?, spec = ? WHERE id = ?")
      .run(changed.name, serializeSpec(changed), spec.id);
    this.byName.delete(spec.name);
    Object.assign(spec, changes);
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
