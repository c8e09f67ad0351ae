// What a published port costs: requests through it, and whether a thousand of them make it dearer. The server is the
// machine's own nginx, the same for every engine, in the container's network.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inNetworkNamespace } from "../../src/linux/namespaces.ts";
import type { BenchEngine } from "../engine.ts";
import { type Row, timed } from "../row.ts";

const PORT = 18_080;
const MANY_FIRST = 21_000;
const MANY = 1_000;
const SECONDS = 3;

const SERVER = "bench-server";
const CROWD = "bench-crowd";

const servers = new Map<string, { child: Bun.Subprocess; directory: string }>();

/** Starts the container, and nginx in its network. */
function serve(engine: BenchEngine): void {
  engine.run(["run", "-d", "--name", SERVER, "-p", `${PORT}:80`, "busybox", "sleep", "1000000"]);
  const pid = engine.run(["inspect", "--format", "{{.State.Pid}}", SERVER]).trim();
  const directory = mkdtempSync(join(tmpdir(), "berth-bench-nginx-"));
  writeFileSync(
    join(directory, "nginx.conf"),
    `daemon off; pid ${directory}/pid; error_log /dev/null; events { worker_connections 4096; }
     http { access_log off; keepalive_requests 1000000; server { listen 80; return 200 "hello\\n"; } }`,
  );
  const argv = ["nginx", "-p", directory, "-c", join(directory, "nginx.conf")];
  const child = inNetworkNamespace(`/proc/${pid}/ns/net`, () => Bun.spawn(argv, { stderr: "ignore" }));
  servers.set(engine.name, { child, directory });
}

async function stopServing(engine: BenchEngine): Promise<void> {
  const server = servers.get(engine.name);
  server?.child.kill();
  await server?.child.exited;
  if (server) rmSync(server.directory, { recursive: true });
  engine.remove([SERVER]);
}

/** Requests per second by 127.0.0.1, from the engine's own host. */
function requestsPerSecond(engine: BenchEngine, headers: string[]): number {
  const options = ["-t", "1", "-c", "16", "-d", `${SECONDS}s`, ...headers.flatMap((header) => ["-H", header])];
  const result = inNetworkNamespace(engine.namespace, () =>
    Bun.spawnSync(["wrk", ...options, `http://127.0.0.1:${PORT}/`], { stdout: "pipe", stderr: "pipe" }),
  );
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(result.stdout.toString())?.[1]);
  if (!(rate > 0)) throw new Error(`wrk: ${result.stdout}${result.stderr}`);
  return rate;
}

const fresh = ["Connection: close"];

function publishMany(engine: BenchEngine): void {
  const range = `${MANY_FIRST}-${MANY_FIRST + MANY - 1}`;
  engine.run(["run", "-d", "--name", CROWD, "-p", `${range}:${range}`, "busybox", "sleep", "1000000"]);
}

export const portRows: Row[] = [
  {
    name: "published port, new connections",
    unit: "1/s",
    better: "higher",
    budget: 1,
    rounds: 3,
    prepare: serve,
    measure: (engine) => requestsPerSecond(engine, fresh),
  },
  {
    name: "published port, kept alive",
    unit: "1/s",
    better: "higher",
    budget: 1,
    rounds: 3,
    measure: (engine) => requestsPerSecond(engine, []),
  },
  {
    name: "1,000 ports published",
    unit: "ms",
    better: "lower",
    rounds: 1,
    measure: (engine) => {
      const duration = timed(() => publishMany(engine));
      engine.remove([CROWD]);
      return duration;
    },
  },
  {
    name: "beside 1,000 ports, new connections",
    unit: "1/s",
    better: "higher",
    budget: 1,
    rounds: 3,
    prepare: publishMany,
    measure: (engine) => requestsPerSecond(engine, fresh),
  },
  {
    name: "beside 1,000 ports, one more",
    unit: "ms",
    better: "lower",
    rounds: 5,
    measure: (engine, round) => {
      const name = `bench-more-${round}`;
      const port = 19_000 + round;
      const duration = timed(() =>
        engine.run(["run", "-d", "--name", name, "-p", `${port}:80`, "busybox", "sleep", "9"]),
      );
      engine.remove([name]);
      return duration;
    },
    cleanup: async (engine) => {
      engine.remove([CROWD]);
      await stopServing(engine);
    },
  },
];
