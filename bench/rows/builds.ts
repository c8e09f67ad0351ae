// What a build takes: every step made, and every step found again.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

export const buildRows: Row[] = [
  {
    name: "build of ten steps",
    unit: "s",
    better: "lower",
    rounds: 5,
    ...shared,
    measure: (engine) => timed(() => engine.run(["build", "--no-cache", "-q", "-t", IMAGE, directory])) / 1000,
  },
  {
    name: "build of ten steps, all in the cache",
    unit: "ms",
    better: "lower",
    rounds: 11,
    ...shared,
    measure: (engine) => timed(() => engine.run(["build", "-q", "-t", IMAGE, directory])),
  },
];
