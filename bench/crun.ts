// The floor of a start: crun runs the bundle that Berth has given it for a container, without an engine.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchEngine, Started } from "./engine.ts";

const IDLE = ["busybox", "sleep", "1000000"];

export class CrunBundle {
  readonly #engine: BenchEngine;
  readonly #directory: string;
  #runs = 0;

  private constructor(engine: BenchEngine, directory: string) {
    this.#engine = engine;
    this.#directory = directory;
  }

  /**
   * Takes over the bundle of a new container, whose mounts and network namespace must stay: `name` runs until it is removed.
   * @param flags of `run`
   */
  static of(engine: BenchEngine, name: string, flags: readonly string[]): CrunBundle {
    const id = engine.run(["run", "-d", "--name", name, ...flags, ...IDLE]).trim();
    const config = JSON.parse(readFileSync(join(engine.directory, "exec", "containers", id, "config.json"), "utf8"));
    config.process.args = ["true"];
    // Each run has a control group of its own, as runs side by side need.
    delete config.linux.cgroupsPath;
    const directory = join(engine.directory, name);
    mkdirSync(directory);
    writeFileSync(join(directory, "config.json"), JSON.stringify(config));
    return new CrunBundle(engine, directory);
  }

  run(): void {
    this.#engine.runOther(this.#runCommand());
  }

  start(): Started {
    return this.#engine.startOther(this.#runCommand());
  }

  #runCommand(): string[] {
    const id = `floor-${process.pid}-${this.#runs++}`;
    return ["crun", "--root", join(this.#directory, "state"), "run", "--bundle", this.#directory, id];
  }
}

/** Runs a program in a container of Berth's with its runtime alone. @param id the container's full ID */
export function crunExec(engine: BenchEngine, id: string, argv: readonly string[]): void {
  engine.runOther(["crun", "--root", join(engine.directory, "exec", "runtimes", "crun"), "exec", id, ...argv]);
}
