// Builds: steps run and cached, parallel stages, large contexts.
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { debianDocker } from "../../scripts/setup/clients.ts";
import type { BenchEngine } from "../engine.ts";
import { type Row, timed } from "../row.ts";
import { highestMemory, memoryOf } from "./memory.ts";

const IMAGE = "bench-built";
/** Debian's command has a BuildKit client in itself; a current one needs the buildx plugin. */
const buildKitClient = existsSync(debianDocker) ? debianDocker : "docker";

const DOCKERFILE = `FROM busybox
ENV LANG=C
WORKDIR /work
COPY source source
RUN mkdir objects && for i in 1 2 3 4 5; do cp source objects/$i; done
RUN cat objects/* > program
RUN rm -r objects
USER 1000
EXPOSE 80
CMD ["cat", "program"]
`;

/** The same BuildKit client builds on Berth and on Docker; Podman has a builder of its own. */
function build(engine: BenchEngine, argv: readonly string[]): void {
  const words = ["build", "-q", "-t", IMAGE, ...argv];
  if (engine.name === "podman") engine.run(words);
  else engine.runOther([buildKitClient, ...words]);
}

let directory = "";
let users = 0;

const shared: Pick<Row, "prepare" | "cleanup"> = {
  prepare: () => {
    if (users++ > 0) return;
    directory = mkdtempSync(join(tmpdir(), "bench-build-"));
    writeFileSync(join(directory, "Dockerfile"), DOCKERFILE);
    writeFileSync(join(directory, "source"), "a line\n".repeat(10_000));
  },
  cleanup: () => {
    if (--users === 0) rmSync(directory, { recursive: true });
  },
};

const STAGES = ["a", "b", "c", "d"];

/** Stages that only sleep, so that the number of CPUs does not matter. */
const STAGES_DOCKERFILE = [
  ...STAGES.map((name) => `FROM busybox AS ${name}\nRUN sleep 2; echo ${name} > /made`),
  "FROM busybox",
  ...STAGES.map((name) => `COPY --from=${name} /made /${name}`),
  "",
].join("\n");

const CONTEXT_DOCKERFILE = "FROM busybox\nCOPY . /files/\n";
const LARGE_FILE = 200 * 1024 * 1024;
const HUGE_FILE = 1500 * 1024 * 1024;
const PIECE = 100 * 1024 * 1024;
const FILE_COUNT = 20_000;
const FILE_SIZE = 10_000;
const FILES_PER_DIRECTORY = 200;

/** A row with its own context. `change` runs before each round and is not measured. */
function contextRow(row: {
  name: string;
  budget?: number;
  rounds: number;
  words?: string[];
  fill(context: string): void;
  change?(context: string, round: number): void;
}): Row {
  let context = "";
  return {
    name: row.name,
    unit: "s",
    better: "lower",
    rounds: row.rounds,
    ...(row.budget === undefined ? {} : { budget: row.budget, against: "docker" }),
    prepare: () => {
      if (context !== "") return;
      context = mkdtempSync(join(tmpdir(), "bench-context-"));
      row.fill(context);
    },
    measure: (engine, round) => {
      row.change?.(context, round);
      return timed(() => build(engine, [...(row.words ?? []), context])) / 1000;
    },
    cleanup: () => rmSync(context, { recursive: true, force: true }),
  };
}

function fillWithFiles(context: string): void {
  writeFileSync(join(context, "Dockerfile"), CONTEXT_DOCKERFILE);
  for (let index = 0; index < FILE_COUNT; index++) {
    const path = fileOf(context, index);
    if (index % FILES_PER_DIRECTORY === 0) mkdirSync(dirname(path));
    writeFileSync(path, contentOf(index, 0));
  }
}

const fileOf = (context: string, index: number): string =>
  join(context, String(Math.floor(index / FILES_PER_DIRECTORY)), String(index));

const contentOf = (index: number, round: number): string => `${index} ${round}`.padEnd(FILE_SIZE, "x");

/** What the engine's processes gain at most while a large file arrives. */
function memoryRow(): Row {
  let context = "";
  return {
    name: "memory gained while a context of 1.5 GB arrives",
    unit: "MiB",
    better: "lower",
    rounds: 1,
    prepare: () => {
      if (context !== "") return;
      context = mkdtempSync(join(tmpdir(), "bench-context-"));
      writeFileSync(join(context, "Dockerfile"), CONTEXT_DOCKERFILE);
      for (let at = 0; at < HUGE_FILE; at += PIECE)
        appendFileSync(join(context, "huge"), Buffer.alloc(PIECE, at / PIECE));
    },
    measure: async (engine) => {
      const before = memoryOf(engine);
      const building = engine.startOther([buildKitClient, "build", "-q", "-t", IMAGE, context]);
      return (await highestMemory(engine, building.exited)) - before;
    },
    cleanup: () => rmSync(context, { recursive: true, force: true }),
  };
}

export const buildRows: Row[] = [
  {
    name: "build of ten steps",
    unit: "s",
    better: "lower",
    budget: 0.5,
    against: "docker",
    rounds: 5,
    ...shared,
    measure: (engine) => timed(() => build(engine, ["--no-cache", directory])) / 1000,
  },
  {
    name: "build of ten steps, all in the cache",
    unit: "ms",
    better: "lower",
    budget: 0.3,
    against: "docker",
    rounds: 11,
    ...shared,
    measure: (engine) => timed(() => build(engine, [directory])),
  },
  contextRow({
    name: "build of one stage of 2 s",
    rounds: 3,
    words: ["--no-cache", "--target", STAGES[0] ?? ""],
    fill: (context) => writeFileSync(join(context, "Dockerfile"), STAGES_DOCKERFILE),
  }),
  contextRow({
    name: "build of four stages of 2 s, side by side",
    rounds: 3,
    words: ["--no-cache"],
    fill: (context) => writeFileSync(join(context, "Dockerfile"), STAGES_DOCKERFILE),
  }),
  contextRow({
    name: "build with a context of 200 MB in one file",
    budget: 0.8,
    rounds: 3,
    fill: (context) => writeFileSync(join(context, "Dockerfile"), CONTEXT_DOCKERFILE),
    change: (context, round) => writeFileSync(join(context, "large"), Buffer.alloc(LARGE_FILE, round + 1)),
  }),
  contextRow({
    name: "build with a context of 20,000 files",
    budget: 0.8,
    rounds: 2,
    fill: fillWithFiles,
    change: (context, round) => {
      for (let index = 0; index < FILE_COUNT; index++) writeFileSync(fileOf(context, index), contentOf(index, round));
    },
  }),
  contextRow({
    name: "build with a context of 20,000 files, one of them changed",
    budget: 0.5,
    rounds: 3,
    fill: fillWithFiles,
    change: (context, round) => writeFileSync(join(context, "0", "0"), `changed ${round} ${performance.now()}`),
  }),
  memoryRow(),
];
