// Podman as a benchmark engine: without a daemon, every command runs in the engine's network namespace.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchEngine, Started, Streams } from "../engine.ts";
import { Place } from "./place.ts";

class PodmanEngine implements BenchEngine {
  readonly name = "podman";
  readonly socket = undefined;
  readonly version: string;
  readonly directory: string;
  readonly address: string;
  readonly namespace: string;
  readonly #place: Place;
  readonly #env: Record<string, string>;
  readonly #command: string[];

  constructor(place: Place) {
    this.#place = place;
    this.directory = place.directory;
    this.address = place.address;
    this.namespace = place.namespace;
    const at = (name: string) => join(place.directory, name);
    mkdirSync(at("networks"));
    writeFileSync(
      at("storage.conf"),
      `[storage]\ndriver = "overlay"\ngraphroot = "${at("data")}"\nrunroot = "${at("exec")}"\n`,
    );
    // Podman raises a container's limits to its own maximum, for which this process may lack the privilege.
    writeFileSync(at("containers.conf"), '[containers]\ndefault_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]\n');
    this.#env = { CONTAINERS_STORAGE_CONF: at("storage.conf"), CONTAINERS_CONF: at("containers.conf") };
    this.#command = [
      "podman",
      "--tmpdir",
      at("tmp"),
      "--network-config-dir",
      at("networks"),
      "--cgroup-manager",
      "cgroupfs",
      "--events-backend",
      "file",
    ];
    this.version = this.run(["version", "--format", "{{.Client.Version}}"]).trim();
  }

  run(argv: string[]): string {
    return this.#place.run([...this.#command, ...argv], this.#env);
  }

  runOther(argv: string[]): string {
    return this.#place.run(argv, this.#env);
  }

  startOther(argv: string[]): Started {
    return this.#place.start(argv, this.#env);
  }

  start(argv: string[], streams?: Streams): Started {
    return this.#place.start([...this.#command, ...argv], this.#env, streams);
  }

  remove(names: string[]): void {
    this.run(["rm", "-f", "-t", "0", ...names]);
  }

  importBusybox(archive: string): void {
    this.run(["import", "--change", 'CMD ["sh"]', archive, "docker.io/library/busybox:latest"]);
  }

  processes(): number[] {
    return this.#place.processes();
  }

  async dispose(): Promise<void> {
    this.run(["rm", "-f", "-a", "-t", "0"]);
    await this.#place.dispose();
  }
}

export async function startPodman(number: number): Promise<BenchEngine> {
  return new PodmanEngine(await Place.make("podman", number));
}
