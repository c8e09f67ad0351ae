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
  readonly directory: string;
  readonly address: string;
  readonly namespace: string;
  readonly #place: Place;
  #daemon: Bun.Subprocess;
  readonly #argv: string[];
  readonly #client: string;
  readonly #env: Record<string, string>;

  /** @param argv the daemon's command line; it must listen on {@link socketIn} the place */
  private constructor(name: "berth" | "docker", place: Place, argv: string[], daemon: Bun.Subprocess, client: string) {
    this.name = name;
    this.#place = place;
    this.#argv = argv;
    this.#daemon = daemon;
    this.#client = client;
    this.socket = socketIn(place);
    this.directory = place.directory;
    this.address = place.address;
    this.namespace = place.namespace;
    this.#env = {
      DOCKER_HOST: `unix://${this.socket}`,
      DOCKER_CONFIG: join(place.directory, "client"),
      // Use BuildKit, as most users do; Debian's `docker` defaults to the classic builder.
      DOCKER_BUILDKIT: "1",
    };
    this.version = this.run(["version", "--format", "{{.Server.Version}}"]).trim();
  }

  static async start(name: "berth" | "docker", place: Place, argv: string[], client: string): Promise<DaemonEngine> {
    return new DaemonEngine(name, place, argv, await startDaemon(place, argv), client);
  }

  run(argv: string[]): string {
    return this.#place.run([this.#client, ...argv], this.#env);
  }

  runOther(argv: string[]): string {
    return this.#place.run(argv, this.#env);
  }

  startOther(argv: string[]): Started {
    return this.#place.start(argv, this.#env);
  }

  start(argv: string[], streams?: Streams): Started {
    return this.#place.start([this.#client, ...argv], this.#env, streams);
  }

  async replaceDaemon(): Promise<void> {
    this.#daemon.kill("SIGKILL");
    await this.#daemon.exited;
    this.#daemon = await startDaemon(this.#place, this.#argv);
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

const socketIn = (place: Place): string => join(place.directory, "engine.sock");

/** Resolves with the process once it answers. */
async function startDaemon(place: Place, argv: string[]): Promise<Bun.Subprocess> {
  const daemon = place.daemon(argv);
  await untilItAnswers(socketIn(place), daemon, join(place.directory, "log"));
  return daemon;
}

/** The options that Berth's daemon shares with Docker's. */
function commonOptions(place: Place, config: object): string[] {
  const configFile = join(place.directory, "daemon.json");
  writeFileSync(configFile, JSON.stringify(config));
  return [
    ...["--config-file", configFile],
    ...["--data-root", join(place.directory, "data")],
    ...["--exec-root", join(place.directory, "exec")],
    ...["-H", `unix://${socketIn(place)}`],
  ];
}

/** @param more further options of the daemon */
export async function startBerth(number: number, more: readonly string[] = []): Promise<BenchEngine> {
  const place = await Place.make("berth", number);
  const options = commonOptions(place, { bridge: "berth0", bip: "172.30.0.1/16" });
  return DaemonEngine.start("berth", place, [berth, "daemon", ...options, ...more], berth);
}

export async function startDocker(number: number): Promise<BenchEngine> {
  const place = await Place.make("docker", number);
  const pidFile = ["--pidfile", join(place.directory, "pid")];
  return DaemonEngine.start("docker", place, ["dockerd", ...commonOptions(place, {}), ...pidFile], "docker");
}
