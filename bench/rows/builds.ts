// Builds: steps run and cached, parallel stages, large contexts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Row, timed } from "../row.ts";

const IMAGE = "bench-built";

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
      return timed(() => engine.run(["build", ...(row.words ?? []), "-q", "-t", IMAGE, context])) / 1000;
    },
    cleanup: () => rmSync(context, { recursive: true, force: true }),
  };
}

function fillWithFiles(context: string): void {
  writeFileSync(join(context, "Dockerfile"), CONTEXT_DOCKERFILE);
  for (let index = 0; index < FILE_COUNT; index++) {
    const directory = join(context, String(Math.floor(index / FILES_PER_DIRECTORY)));
    if (index % FILES_PER_DIRECTORY === 0) mkdirSync(directory);
    writeFileSync(join(directory, String(index)), String(index).padEnd(FILE_SIZE, "x"));
  }
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
    measure: (engine) => timed(() => engine.run(["build", "--no-cache", "-q", "-t", IMAGE, directory])) / 1000,
  },
  {
    name: "build of ten steps, all in the cache",
    unit: "ms",
    better: "lower",
    budget: 0.3,
    against: "docker",
    rounds: 11,
    ...shared,
    measure: (engine) => timed(() => engine.run(["build", "-q", "-t", IMAGE, directory])),
  },
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
    name: "build with a context of 20,000 files, one of them changed",
    budget: 0.5,
    rounds: 3,
    fill: fillWithFiles,
    change: (context, round) => writeFileSync(join(context, "0", "0"), `changed ${round} ${performance.now()}`),
  }),
];
