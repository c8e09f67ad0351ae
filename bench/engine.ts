// What a measurement needs to know of an engine, whichever it is.

export interface Started {
  /** Ends with the program's exit code. */
  exited: Promise<number>;
  /** What it printed to standard output, complete once it has ended. */
  output: Promise<string>;
}

export interface Streams {
  /** A file that becomes standard input; empty without. */
  input?: string;
  /** Lets standard output go to /dev/null. */
  discard?: boolean;
}

/** One engine of a benchmark run: installed on the machine, set up in a directory and a network namespace of its own. */
export interface BenchEngine {
  readonly name: "berth" | "docker" | "podman";
  /** As its own client prints it. */
  readonly version: string;
  /** The unix socket of its API, where it has one. */
  readonly socket: string | undefined;
  /** An address of the engine's own namespace that is reached from this one: published ports answer there. */
  readonly address: string;
  /** The engine's network namespace, as a path; clients that talk over a unix socket need not be in it. */
  readonly namespace: string;
  /** Runs its command line to the end; throws with its output when it fails. Synchronous, so nothing else is timed. */
  run(argv: string[]): string;
  /** Runs another program against the engine, as {@link run} does its own. */
  runOther(argv: string[]): string;
  /** As {@link run}, in the background. */
  start(argv: string[], streams?: Streams): Started;
  /** `rm -f` without a time of grace, which Podman alone grants by default. */
  remove(names: string[]): void;
  /** Feeds an archive to `import`, and gives the image the name "busybox". */
  importBusybox(archive: string): void;
  /** Processes that are the engine's own: daemons, monitors, proxies; never those inside containers. */
  processes(): number[];
  /** Takes everything away again. */
  dispose(): Promise<void>;
}
