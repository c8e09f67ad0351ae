// A temporary Berth daemon with its own data root, exec root, socket, bridge and addresses; runs both command lines on
// it.
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandOptions, type CommandResult, command, eventually, mustRun } from "./command.ts";
import { sharedBusyboxArchive } from "./images.ts";
import { isMountPoint, killAllOf, unmountAllUnder } from "./leaks.ts";
import { referenceCommandLine, referenceIsWanted, removeReference } from "./reference.ts";
import { type TerminalOptions, TerminalSession } from "./terminal.ts";

const repository = join(import.meta.dir, "..", "..");

/** The command that runs Berth: BERTH_TEST_EXECUTABLE (the compiled program) if set, otherwise the sources. */
export const berthCommand: string[] = process.env.BERTH_TEST_EXECUTABLE
  ? [process.env.BERTH_TEST_EXECUTABLE]
  : [process.execPath, join(repository, "src", "main.ts")];

/** The two command lines that must behave alike. */
export const clientNames = ["berth", "docker"] as const;
export type ClientName = (typeof clientNames)[number];

export interface DaemonOptions {
  /** Berth, or the real Docker engine that it is compared with. */
  engine?: ClientName;
  /** Additional keys of daemon.json, in Docker's names ("log-opts", "insecure-registries" …). */
  config?: Record<string, unknown>;
  /** Additional arguments of `berth daemon`. */
  arguments?: string[];
  env?: Record<string, string>;
  /** A command that runs the daemon, such as ["ip", "netns", "exec", "x"]. */
  prefix?: string[];
  /** Puts the data root on a filesystem in memory of this size ("16m"): to test a full disk, or to save disk I/O. */
  dataRootSize?: string;
}

let daemonsOfThisProcess = 0;

/** Starts a daemon and waits until it answers. Use with `await using`, or call {@link TestDaemon.dispose}. */
export async function startDaemon(options: DaemonOptions = {}): Promise<TestDaemon> {
  const daemon = new TestDaemon(options);
  try {
    await daemon.start();
  } catch (thrown) {
    await daemon.dispose();
    throw thrown;
  }
  return daemon;
}

export class TestDaemon {
  readonly directory: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
  readonly logPath: string;
  readonly bridge: string;
  /** The default bridge's own address, without its prefix length. */
  readonly gateway: string;
  readonly #options: DaemonOptions;
  readonly #isReference: boolean;
  #process: Bun.Subprocess | undefined;
  #hasAnswered = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#isReference = options.engine === undefined ? referenceIsWanted : options.engine === "docker";
    this.directory = mkdtempSync(join(tmpdir(), "berth-test-"));
    this.dataRoot = join(this.directory, "data");
    this.execRoot = join(this.directory, "exec");
    this.socket = join(this.directory, "berth.sock");
    this.logPath = join(this.directory, "daemon.log");
    const number = freeNetwork(process.pid * 7 + daemonsOfThisProcess++);
    this.bridge = `bt${process.pid}n${daemonsOfThisProcess}`.slice(0, 15);
    this.gateway = `10.${number}.0.1`;
    const config = {
      bridge: this.bridge,
      bip: `${this.gateway}/24`,
      "default-address-pools": [{ base: `10.${number}.128.0/17`, size: 24 }],
      ...options.config,
    };
    mkdirSync(this.dataRoot, { recursive: true });
    writeFileSync(join(this.directory, "daemon.json"), JSON.stringify(config, null, 2));
  }

  get pid(): number {
    if (!this.#process) throw new Error("the daemon is not running");
    return this.#process.pid;
  }

  /** Everything the daemon has logged so far. */
  get log(): string {
    return readFileSync(this.logPath, "utf8");
  }

  async start(): Promise<void> {
    if (this.#options.dataRootSize && !isMountPoint(this.dataRoot)) {
      await mustRun(["mount", "-t", "tmpfs", "-o", `size=${this.#options.dataRootSize}`, "tmpfs", this.dataRoot]);
    }
    const logFile = openSync(this.logPath, "a");
    const { directory, dataRoot, execRoot } = this;
    const program = this.#isReference
      ? await referenceCommandLine({ namespace: this.bridge, directory, dataRoot, execRoot })
      : [...this.commandLine(), "--exec-root", this.execRoot];
    const argv = [
      ...(this.#options.prefix ?? []),
      ...program,
      "-H",
      `unix://${this.socket}`,
      ...(this.#options.arguments ?? []),
    ];
    const child = Bun.spawn(argv, {
      env: { ...process.env, ...this.#options.env },
      stdin: "ignore",
      stdout: logFile,
      stderr: logFile,
    });
    closeSync(logFile);
    this.#process = child;
    await eventually("the daemon to answer", async () => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the daemon ended with ${child.exitCode ?? child.signalCode}`);
      }
      const answer = await this.request("GET", "/_ping").catch(() => undefined);
      return answer?.ok;
    }).catch((thrown: unknown) => {
      throw new Error(`${thrown instanceof Error ? thrown.message : thrown}; its log:\n${this.log.slice(-2000)}`);
    });
    this.#hasAnswered = true;
  }

  /** The daemon's program and arguments without its sockets and its exec root, for a second one on the same data root. */
  commandLine(): string[] {
    const configFile = join(this.directory, "daemon.json");
    return [...berthCommand, "daemon", "--debug", "--config-file", configFile, "--data-root", this.dataRoot];
  }

  /** Stops the daemon with a signal and waits until it has exited; containers keep running. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number> {
    const child = this.#process;
    if (!child) return 0;
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const code = await child.exited;
    clearTimeout(timer);
    this.#process = undefined;
    return code;
  }

  /** `kill -9`, then a new daemon on the same roots. */
  async crashAndRestart(): Promise<void> {
    await this.stop("SIGKILL");
    await this.start();
  }

  /** Sends an API request; `path` has no host, and may have a version. */
  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const raw = body instanceof Uint8Array || body === undefined;
    return fetch(`http://localhost${path}`, {
      unix: this.socket,
      method,
      body: raw ? body : JSON.stringify(body),
      headers: raw ? headers : { "Content-Type": "application/json", ...headers },
    });
  }

  /** Like {@link request}, for steps that must succeed. @returns the response's JSON, or undefined without a body */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.request(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Runs one of the two command lines against this daemon. */
  client(name: ClientName, argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
    return command([...commandOf(name), ...argv], this.#clientOptions(options));
  }

  /** Runs Berth's own command line against this daemon. */
  berth(argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.client("berth", argv, options);
  }

  /**
   * Runs the real Docker command line against this daemon, or Berth's own if Docker's is missing or too old for the flags
   * and fields that tests use. For tests of the engine; tests of a command line select it with {@link client}.
   */
  docker(argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.client(dockerIsCurrent ? "docker" : "berth", argv, options);
  }

  /** Runs one of the command lines in a pseudo-terminal. */
  terminal(name: ClientName, argv: string[], options: TerminalOptions = {}): TerminalSession {
    return new TerminalSession([...commandOf(name), ...argv], this.#clientOptions(options));
  }

  /** The environment of a client of this daemon, with its own configuration directory. */
  get clientEnvironment(): Record<string, string> {
    return {
      DOCKER_HOST: `unix://${this.socket}`,
      DOCKER_CONFIG: join(this.directory, "client"),
      // The builder that both command lines and all engines have; tests of BuildKit override this.
      DOCKER_BUILDKIT: "0",
    };
  }

  #clientOptions<Options extends CommandOptions>(options: Options): Options {
    return { ...options, env: { ...this.clientEnvironment, ...options.env } };
  }

  /** Creates an image with busybox and its applets; the command is `sh`. */
  async importBusybox(reference = "busybox:latest"): Promise<void> {
    await this.importArchive(reference, await sharedBusyboxArchive(), ['CMD ["sh"]']);
  }

  /** Creates an image from a tar archive, as `docker import` does; `changes` are instructions such as `ENV A=1`. */
  async importArchive(reference: string, archive: Uint8Array, changes: string[] = []): Promise<void> {
    const [repository, tag] = splitTag(reference);
    const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag });
    for (const change of changes) query.append("changes", change);
    const answer = await this.request("POST", `/images/create?${query}`, archive, {
      "Content-Type": "application/x-tar",
    });
    const text = await answer.text();
    if (!answer.ok || text.includes('"errorDetail"')) throw new Error(`import of ${reference}: ${text}`);
  }

  /**
   * Removes all containers and networks, stops the daemon and removes their leftovers from the machine.
   * @throws Error if the daemon has logged an uncaught exception or an unhandled rejection
   */
  async dispose(): Promise<void> {
    // Restart a killed daemon: only it knows what to remove.
    if (this.#hasAnswered && !this.#isRunning()) await this.start().catch(() => undefined);
    if (this.#isRunning()) await this.#removeEverything();
    await this.stop();
    killAllOf(this.directory);
    await unmountAllUnder(this.directory);
    if (this.#isReference) await removeReference(this.bridge);
    else await command(["ip", "link", "del", this.bridge]);
    await command(["nft", "delete", "table", "inet", `berth_${this.bridge}`]);
    const mistakes = mistakesIn(existsSync(this.logPath) ? this.log : "");
    rmSync(this.directory, { recursive: true, force: true });
    if (mistakes.length > 0) throw new Error(`the daemon logged unhandled errors:\n${mistakes.join("\n")}`);
  }

  #isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async #removeEverything(): Promise<void> {
    const namesOf = async (path: string): Promise<string[]> => {
      const list: unknown = await this.call("GET", path).catch(() => []);
      return Array.isArray(list) ? list.map((entry) => String(entry.Id)) : [];
    };
    for (const id of await namesOf("/containers/json?all=1")) {
      await this.request("DELETE", `/containers/${id}?force=1&v=1`).catch(() => undefined);
    }
    // The predefined ones cannot be removed.
    for (const id of await namesOf("/networks")) await this.request("DELETE", `/networks/${id}`).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** The lines of a daemon's log, text or JSON, about unhandled errors. */
export function mistakesIn(log: string): string[] {
  const pattern = /(?: error |"level":"error","msg":")(?:uncaught exception|unhandled rejection)/;
  return log.split("\n").filter((line) => pattern.test(line));
}

/**
 * N of a 10.N.0.0/16 for a daemon, from 20 to 219. The seed, derived from the process ID, keeps parallel test files
 * apart; networks that the host has a route to are skipped.
 */
function freeNetwork(seed: number): number {
  // The second field is the destination in hexadecimal, with its first byte last.
  const destinations = readFileSync("/proc/net/route", "utf8").matchAll(/^\S+\s+\w{4}(\w\w)0A\s/gm);
  const taken = new Set([...destinations].map(([, second = ""]) => Number.parseInt(second, 16)));
  const candidates = Array.from({ length: 200 }, (_, index) => 20 + ((seed + index) % 200));
  return candidates.find((number) => !taken.has(number)) ?? 20;
}

const commandOf = (name: ClientName): string[] => (name === "berth" ? berthCommand : ["docker"]);

function splitTag(reference: string): [repository: string, tag: string] {
  const colon = reference.lastIndexOf(":");
  return colon > reference.lastIndexOf("/")
    ? [reference.slice(0, colon), reference.slice(colon + 1)]
    : [reference, "latest"];
}

/** Whether the real Docker command line is installed; tests that need it are skipped otherwise. */
export const dockerIsInstalled = Bun.which("docker") !== null;

/**
 * Whether it is a release of 2025 or later. Debian 12 has one of 2021, which lacks flags and fields that tests use.
 */
export const dockerIsCurrent = (await dockerRelease()) >= 28;

/** The major version of the Docker command line, 0 if it is not installed. */
export async function dockerRelease(): Promise<number> {
  if (!dockerIsInstalled) return 0;
  const version = await mustRun(["docker", "--version"]);
  return Number(/version (\d+)\./.exec(version)?.[1] ?? 0);
}

/** The installed command lines, for `describe.each`. */
export const installedClients: ClientName[] = clientNames.filter((name) => name === "berth" || dockerIsInstalled);
