// Images: push and pull with a local registry, save and load, commit, removal.
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchEngine } from "../engine.ts";
import { writeArchive, writeToRegistry } from "../image.ts";
import { plainly, REGISTRY, registryIsInstalled, startRegistry } from "../registry.ts";
import { type Row, timed, timedAsync } from "../row.ts";

const ROUNDS = 3;
const CHANGED_FILES = 2_000;

const seconds = (work: () => unknown): number => timed(work) / 1000;

/** Shared by the engines: images in a registry's storage and in archives, created once. */
class Stock {
  readonly directory = mkdtempSync(join(tmpdir(), "bench-images-"));
  readonly storage = join(this.directory, "registry");
  private readonly inRegistry = new Set<number>();
  private readonly archives = new Set<number>();
  private users = 0;

  use(): void {
    this.users += 1;
  }

  /** Returns whether this was the last user; then everything is deleted. */
  release(): boolean {
    this.users -= 1;
    if (this.users === 0) rmSync(this.directory, { recursive: true, force: true });
    return this.users === 0;
  }

  /** The image's reference. */
  registryImage(number: number): string {
    if (!this.inRegistry.has(number)) writeToRegistry(this.storage, "bench/big", number);
    this.inRegistry.add(number);
    return `${REGISTRY}/bench/big:${number}`;
  }

  /** The archive's path and the name of its image. */
  archive(number: number): { path: string; name: string } {
    mkdirSync(this.directory, { recursive: true });
    const path = join(this.directory, `${number}.tar`);
    const name = `localhost/bench/archived:${number}`;
    if (!this.archives.has(number)) writeArchive(path, name, number);
    this.archives.add(number);
    return { path, name };
  }
}

let stock: Stock | undefined;
const shared = (): Stock => {
  stock ??= new Stock();
  return stock;
};

async function pull(engine: BenchEngine, round: number): Promise<{ name: string; duration: number }> {
  const name = shared().registryImage(round);
  const stop = await startRegistry(engine.namespace, shared().storage);
  try {
    return { name, duration: seconds(() => engine.run(["pull", "-q", ...plainly(engine), name])) };
  } finally {
    await stop();
  }
}

async function push(engine: BenchEngine, name: string): Promise<number> {
  const empty = mkdtempSync(join(tmpdir(), "bench-empty-registry-"));
  const stop = await startRegistry(engine.namespace, empty);
  try {
    return seconds(() => engine.run(["push", "-q", ...plainly(engine), name]));
  } finally {
    await stop();
    rmSync(empty, { recursive: true, force: true });
  }
}

const withStock = {
  prepare: () => shared().use(),
  cleanup: () => {
    if (shared().release()) stock = undefined;
  },
};

const BIG = "(400 MB + 20,000 files)";

const transferRows: Row[] = [
  {
    name: `pull ${BIG}`,
    unit: "s",
    better: "lower",
    budget: 0.4,
    rounds: ROUNDS,
    ...withStock,
    measure: async (engine, round) => (await pull(engine, round)).duration,
  },
  {
    name: `push to an empty registry ${BIG}`,
    unit: "s",
    better: "lower",
    budget: 0.7,
    rounds: ROUNDS,
    ...withStock,
    measure: async (engine, round) => push(engine, (await pull(engine, round)).name),
  },
];

const archiveRows: Row[] = [
  {
    name: `load ${BIG}`,
    unit: "s",
    better: "lower",
    budget: 0.5,
    rounds: ROUNDS,
    ...withStock,
    measure: (engine, round) => {
      const { path } = shared().archive(round);
      return seconds(() => engine.run(["load", "-q", "-i", path]));
    },
  },
  {
    name: `save ${BIG}`,
    unit: "s",
    better: "lower",
    budget: 0.7,
    rounds: ROUNDS,
    ...withStock,
    measure: (engine, round) => {
      const { path, name } = shared().archive(round);
      engine.run(["load", "-q", "-i", path]);
      const target = join(shared().directory, `${engine.name}.saved.tar`);
      const duration = seconds(() => engine.run(["save", "-o", target, name]));
      if (statSync(target).size < 200_000_000) throw new Error("the archive is too small");
      rmSync(target);
      return duration;
    },
  },
  {
    name: `rmi ${BIG}`,
    unit: "s",
    better: "lower",
    budget: 0.8,
    rounds: ROUNDS,
    ...withStock,
    measure: (engine, round) => {
      const { path, name } = shared().archive(round);
      engine.run(["load", "-q", "-i", path]);
      return seconds(() => engine.run(["rmi", name]));
    },
  },
];

const WRITTEN = "200 MB + 20,000 files";
/** A shell command that creates this content: random data and small files. */
const WRITE_BIG = `head -c 200000000 /dev/urandom > /random; i=0; while [ $i -lt 20000 ]; do
  [ $((i % 100)) = 0 ] && mkdir -p /files/$((i / 100)); echo small file $i > /files/$((i / 100))/$i; i=$((i + 1)); done; sync`;
const WRITE_SMALL = `mkdir /changed; i=0; while [ $i -lt ${CHANGED_FILES} ]; do echo $i > /changed/$i; i=$((i + 1)); done; sync`;

const commitRow = (what: string, script: string, row: Pick<Row, "unit" | "budget" | "rounds">): Row => ({
  name: `commit of ${what}`,
  better: "lower",
  ...row,
  measure: async (engine, round) => {
    const name = `bench-commit-${round}`;
    engine.run(["run", "--name", name, "--network", "none", "busybox", "sh", "-c", script]);
    const image = `bench-committed:${round}`;
    const duration = await timedAsync(async () => engine.run(["commit", name, image]));
    engine.remove([name]);
    engine.run(["rmi", image]);
    return row.unit === "s" ? duration / 1000 : duration;
  },
});

const commitRows: Row[] = [
  commitRow(WRITTEN, WRITE_BIG, { unit: "s", budget: 0.8, rounds: ROUNDS }),
  commitRow(`${CHANGED_FILES} changed files`, WRITE_SMALL, { unit: "ms", budget: 0.5, rounds: 5 }),
];

export const imageRows: Row[] = [...(registryIsInstalled() ? transferRows : []), ...archiveRows, ...commitRows];
