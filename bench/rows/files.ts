// The files of containers: their changes, and archives of them.
import { type Row, timed, timedAsync } from "../row.ts";

const CHANGED_FILES = 2_000;
const MANY_FILES = 20_000;
const FILES_IN_A_DIRECTORY = 100;

/** A shell command that writes small files. */
const writeFiles = (count: number): string =>
  `i=0; while [ $i -lt ${count} ]; do d=/files/$((i / ${FILES_IN_A_DIRECTORY})); [ -d $d ] || mkdir -p $d;
   echo small file $i > $d/$i; i=$((i + 1)); done`;

/** A row about a stopped container that has written `count` files. */
function filesRow(count: number, row: Omit<Row, "prepare" | "cleanup" | "unit" | "better" | "rounds">): Row {
  const name = nameOf(count);
  return {
    ...row,
    unit: "ms",
    better: "lower",
    rounds: 5,
    prepare: (engine) => {
      engine.run(["run", "--name", name, "--network", "none", "busybox", "sh", "-c", writeFiles(count)]);
    },
    cleanup: (engine) => engine.remove([name]),
  };
}

const nameOf = (count: number) => `bench-files-${count}`;

export const filesRows: Row[] = [
  filesRow(CHANGED_FILES, {
    name: "diff of 2,000 changed files",
    budget: 1,
    against: "podman",
    measure: (engine) => timed(() => engine.run(["diff", nameOf(CHANGED_FILES)])),
  }),
  filesRow(MANY_FILES, {
    name: "cp of 20,000 small files as an archive",
    budget: 0.8,
    against: "docker",
    measure: (engine) =>
      timedAsync(async () => {
        const argv = ["cp", `${nameOf(MANY_FILES)}:/files`, "-"];
        const code = await engine.start(argv, { discard: true }).exited;
        if (code !== 0) throw new Error(`exited with ${code}`);
      }),
  }),
];
