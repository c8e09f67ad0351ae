// The store of containers: the database first, then memory.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { NEVER } from "../../../../src/api/time.ts";
import type { ContainerSpec, ContainerState } from "../../../../src/engine/containers/record.ts";
import { ContainerStore, type Stored } from "../../../../src/engine/containers/store.ts";
import { containers as table } from "../../../../src/storage/migrations/0001-containers.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";

const idOf = (digit: string): string => digit.repeat(64);

function container(digit: string, name: string): Stored {
  const spec: ContainerSpec = {
    ...{
      id: idOf(digit),
      name,
      created: NEVER,
      imageReference: "x",
      imageId: "sha256:x",
      config: containerConfigurationOf(),
      hostConfig: hostConfigurationOf(),
    },
    ...{ mountPoints: [], anonymousVolumes: [] },
  };
  const state: ContainerState = {
    ...{ life: { status: "created" }, exitCode: 0, error: "", oomKilled: false, outputTruncated: false },
    ...{ startedAt: NEVER, finishedAt: NEVER, restartCount: 0, restartDelay: 0, stoppedByClient: false },
  };
  return { spec, state };
}

function newStore(): { database: Database; store: ContainerStore<Stored> } {
  const database = new Database(":memory:", { strict: true });
  database.exec(table);
  return { database, store: new ContainerStore(database) };
}

const run = { process: { pid: 2, startTime: 2 }, monitor: { pid: 1, startTime: 1 } };

describe("a write that fails", () => {
  const broken = () => {
    const { database, store } = newStore();
    const one = container("a", "one");
    store.insert(one);
    database.close();
    return { store, one };
  };

  test("leaves the state as it was", () => {
    const { store, one } = broken();
    expect(() => store.advance(one, { type: "started", ...run })).toThrow();
    expect(one.state.life).toEqual({ status: "created" });
  });

  test("leaves the spec and the names as they were", () => {
    const { store, one } = broken();
    expect(() => store.saveSpec(one, { name: "other" })).toThrow();
    expect(one.spec.name).toBe("one");
    expect([store.find("one"), store.find("other")]).toEqual([one, undefined]);
  });

  test("of an event that already happened updates memory and passes on the error", () => {
    const { store, one } = broken();
    let reason: unknown;
    store.advanceRegardless(one, { type: "started", ...run }, { exitCode: 3 }, (thrown) => {
      reason = thrown;
    });
    expect(one.state).toMatchObject({ life: { status: "running" }, exitCode: 3 });
    expect(reason).toBeInstanceOf(Error);
  });
});

test("a transaction that throws writes nothing", () => {
  const { database, store } = newStore();
  const attempt = () =>
    store.transaction(() => {
      database.run("INSERT INTO containers VALUES ('x', 'x', 'x', '{}', '{}')");
      throw new Error("refused");
    });
  expect(attempt).toThrow("refused");
  expect(database.query("SELECT * FROM containers").all()).toEqual([]);
});

test("rows are loaded in their order; one that cannot be read is reported, keeps its name and its record", () => {
  const { database, store } = newStore();
  for (const each of [container("a", "one"), container("b", "two"), container("c", "three")]) store.insert(each);
  database.run("UPDATE containers SET state = '{' WHERE name = 'two'");
  const loaded = new ContainerStore<Stored>(database);
  const refused: string[] = [];
  loaded.load(
    (spec, state) => ({ spec, state }),
    (id) => refused.push(id),
  );
  expect(loaded.all().map(({ spec }) => spec.name)).toEqual(["one", "three"]);
  expect(refused).toEqual([idOf("b")]);
  expect([loaded.hasRecord(idOf("b")), loaded.isNameTaken("two"), loaded.find("two")]).toEqual([true, true, undefined]);
});

test("found by ID, name with or without a slash, and unique prefix of the ID", () => {
  const { store } = newStore();
  const [one, other] = [container("a", "one"), container("b", "abc")];
  for (const each of [one, other]) store.insert(each);
  expect(["aaa", "one", "/one", idOf("a")].map((reference) => store.find(reference))).toEqual([one, one, one, one]);
  expect(store.find("abc")).toBe(other);
  store.insert({ ...one, spec: { ...one.spec, id: `${"a".repeat(63)}b`, name: "third" } });
  expect(() => store.find("aa")).toThrow("multiple IDs found with provided prefix: aa");
  expect(() => store.get("zz")).toThrow("No such container: zz");
});
