// Compose projects: Berth's Compose on Berth, Debian's docker-compose on Docker.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchEngine } from "../engine.ts";
import { type Row, timed } from "../row.ts";

const SERVICES = 10;

const directories = new Map<string, string>();

/** The project directory of the engine with this file. */
function projectFile(engine: BenchEngine, name: string, text: string): string {
  const directory = directories.get(engine.name) ?? mkdtempSync(join(tmpdir(), "bench-compose-"));
  directories.set(engine.name, directory);
  const file = join(directory, `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

const large = `version: "3.8"
services:
${Array.from(
  { length: 100 },
  (_, index) => `  s${index}:
    image: "nginx:\${TAG:-latest}"
    ports: ["${8000 + index}:80"]
    environment: {A: "1", B: "\${HOME}", N: "${index}"}
    volumes: ["./html:/usr/share/nginx/html:ro", "data:/data"]
    networks: [front, back]
    labels: [a=b, "c=d"]
    healthcheck: {test: [CMD, curl, localhost], interval: 10s, retries: 3}
    restart: unless-stopped`,
).join("\n")}
networks: {front: {}, back: {}}
volumes: {data: {}}
`;

const ten = `version: "3.8"
services:
${Array.from(
  { length: SERVICES },
  (_, index) => `  s${index}:
    image: busybox
    init: true
    stop_grace_period: 1s
    command: sleep 1000
    networks: [${index % 2 === 0 ? "front" : "back"}]`,
).join("\n")}
networks: {front: {}, back: {}}
`;

/** `compose` for Berth, docker-compose for Docker. Podman has no Compose. */
function compose(engine: BenchEngine, file: string, ...argv: string[]): void {
  if (engine.name === "podman") throw new Error("Podman has no Compose");
  const words = ["-f", file, "-p", "bench", ...argv];
  if (engine.name === "berth") engine.run(["compose", ...words]);
  else engine.runOther(["docker-compose", ...words]);
}

const tenOf = (engine: BenchEngine): string => projectFile(engine, "ten", ten);

const removeDirectory = (engine: BenchEngine): void => {
  rmSync(directories.get(engine.name) ?? "", { recursive: true, force: true });
  directories.delete(engine.name);
};

export const composeRows: Row[] = [
  {
    name: "compose config of 100 services",
    unit: "ms",
    better: "lower",
    budget: 0.1,
    against: "docker",
    rounds: 5,
    measure: (engine) => {
      const file = projectFile(engine, "large", large);
      return timed(() => compose(engine, file, "config", "-q"));
    },
  },
  {
    name: "compose up -d of ten",
    unit: "ms",
    better: "lower",
    budget: 0.15,
    against: "docker",
    rounds: 3,
    measure: (engine) => {
      const file = tenOf(engine);
      const elapsed = timed(() => compose(engine, file, "up", "-d"));
      compose(engine, file, "down", "-t", "0");
      return elapsed;
    },
  },
  {
    name: "compose up -d, unchanged",
    unit: "ms",
    better: "lower",
    budget: 0.1,
    against: "docker",
    rounds: 5,
    prepare: (engine) => compose(engine, tenOf(engine), "up", "-d"),
    measure: (engine) => timed(() => compose(engine, tenOf(engine), "up", "-d")),
  },
  {
    name: "compose ps of ten",
    unit: "ms",
    better: "lower",
    budget: 0.1,
    against: "docker",
    rounds: 5,
    measure: (engine) => timed(() => compose(engine, tenOf(engine), "ps")),
  },
  {
    name: "compose down of ten",
    unit: "ms",
    better: "lower",
    budget: 0.3,
    against: "docker",
    rounds: 3,
    measure: (engine) => {
      const file = tenOf(engine);
      compose(engine, file, "up", "-d");
      return timed(() => compose(engine, file, "down", "-t", "1"));
    },
    cleanup: removeDirectory,
  },
];
