// Berth and Docker as benchmark engines: a daemon in its own environment and a client for its socket.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { berth } from "../../scripts/setup/program.ts";
import type { BenchEngine, Started, Streams } from "../engine.ts";
import { Place, untilItAnswers } from "./place.ts";

class DaemonEngine implements BenchEngine {
  readonly name: "berth" | "docker";
  readonly version: string;
  readonly socket: string;
  readonly address: string;
  readonly namespace: string;
  readonly #place: Place;
  readonly #daemon: Bun.Subprocess;
  readonly #client: string;
  readonly #env: Record<string, string>;

  constructor(name: "berth" | "docker", place: Place, daemon: Bun.Subprocess, socket: string, client: string) {
    this.name = name;
    this.#place = place;
    this.#daemon = daemon;
    this.#client = client;
    this.socket = socket;
    this.address = place.address;
    this.namespace = place.namespace;
    this.#env = {
      DOCKER_HOST: `unix://${socket}`,
      DOCKER_CONFIG: join(place.directory, "client"),
      // Use BuildKit, as most users do; Debian's `docker` defaults to the classic builder.
      DOCKER_BUILDKIT: "1",
    };
    this.version = this.run(["version", "--format", "{{.Server.Version}}"]).trim();
  }

  run(argv: string[]): string {
    return this.#place.run([this.#client, ...argv], this.#env);
  }

  runOther(argv: string[]): string {
    return this.#place.run(argv, this.#env);
  }

  start(argv: string[], streams?: Streams): Started {
    return this.#place.start([this.#client, ...argv], this.#env, streams);
  }

  remove(names: string[]): void {
    this.run(["rm", "-f", ...names]);
  }

  importBusybox(archive: string): void {
    this.run(["import", "--change", 'CMD ["sh"]', archive, "busybox:latest"]);
  }

  processes(): number[] {
    return this.#place.processes(this.#daemon.pid);
  }

  async dispose(): Promise<void> {
    const ids = this.run(["ps", "-aq"]).split("\n").filter(Boolean);
    if (ids.length > 0) this.run(["rm", "-f", ...ids]);
    this.#daemon.kill();
    await this.#daemon.exited;
    await this.#place.dispose();
  }
}

export async function startBerth(number: number): Promise<BenchEngine> {
  const place = await Place.make("berth", number);
  const socket = join(place.directory, "engine.sock");
  const config = join(place.directory, "daemon.json");
  writeFileSync(config, JSON.stringify({ bridge: "berth0", bip: "172.30.0.1/16" }));
  const daemon = place.daemon([
    berth,
    "daemon",
    "--config-file",
    config,
    "--data-root",
    join(place.directory, "data"),
    "--exec-root",
    join(place.directory, "exec"),
    "-H",
    `unix://${socket}`,
  ]);
  await untilItAnswers(socket, daemon, join(place.directory, "log"));
  return new DaemonEngine("berth", place, daemon, socket, berth);
}

export async function startDocker(number: number): Promise<BenchEngine> {
  const place = await Place.make("docker", number);
  const socket = join(place.directory, "engine.sock");
  const config = join(place.directory, "daemon.json");
  writeFileSync(config, "{}");
  const daemon = place.daemon([
    "dockerd",
    "--config-file",
    config,
    "--data-root",
    join(place.directory, "data"),
    "--exec-root",
    join(place.directory, "exec"),
    "--pidfile",
    join(place.directory, "pid"),
    "-H",
    `unix://${socket}`,
  ]);
  await untilItAnswers(socket, daemon, join(place.directory, "log"));
  return new DaemonEngine("docker", place, daemon, socket, "docker");
}
