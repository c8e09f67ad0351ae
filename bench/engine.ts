// The interface of an engine to a benchmark.

export interface Started {
  /** Resolves with the program's exit code. */
  exited: Promise<number>;
  /** Standard output, complete once the program has exited. */
  output: Promise<string>;
}

export interface Streams {
  /** File for standard input; empty input by default. */
  input?: string;
  /** Discards standard output. */
  discard?: boolean;
}

/** One engine of a benchmark run: installed on this machine, set up in its own directory and network namespace. */
export interface BenchEngine {
  readonly name: "berth" | "docker" | "podman";
  /** As printed by its own client. */
  readonly version: string;
  /** Where the engine keeps everything it has: `data` and `exec` are below it. */
  readonly directory: string;
  /** The unix socket of its API, if it has one. */
  readonly socket: string | undefined;
  /** An address of the engine's namespace that this one can reach: published ports answer there. */
  readonly address: string;
  /** Path of the engine's network namespace; clients that use a unix socket can run outside of it. */
  readonly namespace: string;
  /** Runs the engine's command line; throws with its output on failure. Synchronous, so that nothing else is timed. */
  run(argv: string[]): string;
  /** Runs another program against the engine, like {@link run}. */
  runOther(argv: string[]): string;
  /** Like {@link run}, in the background. */
  start(argv: string[], streams?: Streams): Started;
  /** Like {@link runOther}, in the background. */
  startOther(argv: string[]): Started;
  /** `rm -f` without a grace period, which only Podman has by default. */
  remove(names: string[]): void;
  /** Imports an archive as the image "busybox". */
  importBusybox(archive: string): void;
  /** The engine's own processes: daemons, monitors, proxies; not those in containers. */
  processes(): number[];
  /** Kills the daemon, if there is one, and resolves when its successor has answered for the first time. */
  replaceDaemon?(): Promise<void>;
  /** Removes everything that the setup created. */
  dispose(): Promise<void>;
}
