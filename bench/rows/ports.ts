// The cost of a network and of published ports: requests through a port, and with a thousand other ports. The server is
// the machine's own nginx in the container's network, the same for every engine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inNetworkNamespace } from "../../src/linux/namespaces.ts";
import type { BenchEngine } from "../engine.ts";
import { type Row, timed } from "../row.ts";
import { untilPortAnswers } from "./containers.ts";

const PORT = 18_080;
/** Numbers of already published ports. */
const CROWDS = [0, 100, 1_000];
const CROWD_FIRST = 21_000;
const SECONDS = 3;

const SERVER = "bench-server";
const CROWD = "bench-crowd";

const servers = new Map<string, { child: Bun.Subprocess; directory: string }>();

/** Starts the container, and nginx in its network, unless an earlier row has. */
async function serve(engine: BenchEngine): Promise<void> {
  if (servers.has(engine.name)) return;
  engine.run(["run", "-d", "--name", SERVER, "-p", `${PORT}:80`, "busybox", "sleep", "1000000"]);
  const pid = engine.run(["inspect", "--format", "{{.State.Pid}}", SERVER]).trim();
  const directory = mkdtempSync(join(tmpdir(), "berth-bench-nginx-"));
  writeFileSync(
    join(directory, "nginx.conf"),
    `daemon off; pid ${directory}/pid; error_log /dev/null; events { worker_connections 4096; }
     http { access_log off; keepalive_requests 1000000; server { listen 80; return 200 "hello\\n"; } }`,
  );
  // Stops at the end of the benchmark, whichever rows were selected.
  const argv = ["setpriv", "--pdeathsig", "TERM", "nginx", "-p", directory, "-c", join(directory, "nginx.conf")];
  const child = inNetworkNamespace(`/proc/${pid}/ns/net`, () => Bun.spawn(argv, { stderr: "ignore" }));
  servers.set(engine.name, { child, directory });
  await untilPortAnswers(engine.address, PORT);
}

async function stopServing(engine: BenchEngine): Promise<void> {
  const server = servers.get(engine.name);
  server?.child.kill();
  await server?.child.exited;
  if (server) rmSync(server.directory, { recursive: true });
  servers.delete(engine.name);
  engine.remove([SERVER]);
}

/** Requests per second from the engine's host. */
function requestsPerSecond(engine: BenchEngine, headers: string[], server = `127.0.0.1:${PORT}`): number {
  const options = ["-t", "1", "-c", "16", "-d", `${SECONDS}s`, ...headers.flatMap((header) => ["-H", header])];
  const result = inNetworkNamespace(engine.namespace, () =>
    Bun.spawnSync(["wrk", ...options, `http://${server}/`], { stdout: "pipe", stderr: "pipe" }),
  );
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(result.stdout.toString())?.[1]);
  if (!(rate > 0)) throw new Error(`wrk: ${result.stdout}${result.stderr}`);
  return rate;
}

const fresh = ["Connection: close"];

/** Host ports mapped to other container ports, so that no engine can merge them into one range. */
function publishCrowd(engine: BenchEngine, size: number): void {
  if (size === 0) return;
  const range = (first: number): string => `${first}-${first + size - 1}`;
  const ports = `${range(CROWD_FIRST)}:${range(CROWD_FIRST + 10_000)}`;
  engine.run(["run", "-d", "--name", CROWD, "-p", ports, "busybox", "sleep", "1000000"]);
}

function removeCrowd(engine: BenchEngine, size: number): void {
  if (size > 0) engine.remove([CROWD]);
}

/** The extra time of a run with one set of options compared with another, in milliseconds. */
function difference(engine: BenchEngine, options: string[], fewer: string[]): number {
  const durationWith = (words: string[]): number =>
    timed(() => engine.run(["run", "--rm", ...words, "busybox", "true"]));
  return durationWith(options) - durationWith(fewer);
}

const besideCrowds: Row[] = CROWDS.flatMap((size): Row[] => [
  {
    name: `beside ${size.toLocaleString("en")} ports, new connections`,
    unit: "1/s",
    better: "higher",
    budget: 1,
    rounds: 3,
    prepare: async (engine) => {
      await serve(engine);
      publishCrowd(engine, size);
    },
    measure: (engine) => requestsPerSecond(engine, fresh),
  },
  {
    name: `beside ${size.toLocaleString("en")} ports, one more`,
    unit: "ms",
    better: "lower",
    rounds: 5,
    measure: (engine, round) => {
      const name = `bench-more-${round}`;
      const argv = ["run", "-d", "--name", name, "-p", `${19_000 + round}:80`, "busybox", "sleep", "9"];
      const duration = timed(() => engine.run(argv));
      engine.remove([name]);
      return duration;
    },
    cleanup: async (engine) => {
      removeCrowd(engine, size);
      if (size === CROWDS.at(-1)) await stopServing(engine);
    },
  },
]);

/** What publishing a port costs: the same requests to the container's own address. */
const besideCrowdsAlone: Row[] = [0, 10_000].map((size) => ({
  name: `beside ${size.toLocaleString("en")} ports, new connections, against the container's own address`,
  unit: "1/s",
  better: "higher",
  budget: 0.95,
  rounds: 3,
  prepare: async (engine) => {
    await serve(engine);
    publishCrowd(engine, size);
  },
  floor: { measure: (engine) => requestsPerSecond(engine, fresh, ownAddress(engine)) },
  measure: (engine) => requestsPerSecond(engine, fresh),
  cleanup: async (engine) => {
    removeCrowd(engine, size);
    await stopServing(engine);
  },
}));

function ownAddress(engine: BenchEngine): string {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  return engine.run(["inspect", "--format", format, SERVER]).trim();
}

export const portRows: Row[] = [
  {
    name: "the bridge's share of a run",
    unit: "ms",
    better: "lower",
    rounds: 11,
    measure: (engine) => difference(engine, [], ["--network", "none"]),
  },
  {
    name: "a published port's share of a run",
    unit: "ms",
    better: "lower",
    rounds: 11,
    measure: (engine, round) => difference(engine, ["-p", `${19_100 + round}:80`], []),
  },
  {
    name: "1,000 ports published",
    unit: "ms",
    better: "lower",
    rounds: 1,
    measure: (engine) => {
      const duration = timed(() => publishCrowd(engine, 1_000));
      removeCrowd(engine, 1_000);
      return duration;
    },
  },
  {
    name: "published port, kept alive",
    unit: "1/s",
    better: "higher",
    budget: 1,
    rounds: 3,
    prepare: serve,
    measure: (engine) => requestsPerSecond(engine, []),
  },
  ...besideCrowds,
  ...besideCrowdsAlone,
];
