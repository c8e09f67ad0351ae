// The engine as a background process of this machine: find, start, stop.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { note, StepError, say } from "../step.ts";
import { berth } from "./program.ts";

export interface EngineOptions {
  /** Additional arguments for `berth daemon`, as given after `npm start --`. */
  arguments: string[];
  /** The engine's unix socket. */
  socket: string;
  /** Written by the engine and removed when it stops. */
  pidFile: string;
  logFile: string;
}

/** Parses the arguments of `npm start` and `npm stop`: those of `berth daemon`, some of which matter here, too. */
export function engineOptions(argv: string[]): EngineOptions {
  const value = (...names: string[]) => {
    for (const name of names) {
      const index = argv.indexOf(name);
      if (index >= 0) return argv[index + 1];
      const joined = argv.find((argument) => argument.startsWith(`${name}=`));
      if (joined) return joined.slice(name.length + 1);
    }
    return undefined;
  };
  const dataRoot = value("--data-root") ?? "/var/lib/berth";
  const execRoot = value("--exec-root") ?? "/run/berth";
  return {
    arguments: argv,
    socket: (value("-H", "--host") ?? "unix:///run/berth.sock").replace(/^unix:\/\//, ""),
    pidFile: join(execRoot, "berth.pid"),
    logFile: join(dataRoot, "engine.log"),
  };
}

/** Whether an engine responds on the socket. */
export async function engineAnswers(options: EngineOptions): Promise<boolean> {
  if (!existsSync(options.socket)) return false;
  const answer = await fetch("http://localhost/_ping", {
    unix: options.socket,
    signal: AbortSignal.timeout(3_000),
  }).catch(() => undefined);
  return answer?.ok ?? false;
}

/** Starts the engine in the background unless one responds already, and waits for it. */
export async function startEngine(options: EngineOptions): Promise<void> {
  if (await engineAnswers(options)) {
    say(`the engine is running on ${options.socket}`);
    return;
  }
  say("starting the engine");
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a", 0o600);
  const engine = Bun.spawn([berth, "daemon", ...options.arguments], {
    cwd: "/",
    stdin: "ignore",
    stdout: log,
    stderr: log,
    detached: true,
  });
  closeSync(log);
  engine.unref();
  const deadline = Date.now() + 30_000;
  while (!(await engineAnswers(options))) {
    if (engine.exitCode !== null || Date.now() > deadline) {
      const last = readFileSync(options.logFile, "utf8").trimEnd().split("\n").slice(-10).join("\n");
      throw new StepError(`the engine did not start; the end of ${options.logFile}:\n${last}`);
    }
    await Bun.sleep(20);
  }
  note(`process ${engine.pid}, socket ${options.socket}, log ${options.logFile}`);
}

/** Stops the engine only: containers keep running under their monitors. */
export async function stopEngine(options: EngineOptions): Promise<void> {
  const pid = recordedEngine(options.pidFile);
  if (pid === undefined) {
    if (await engineAnswers(options)) {
      throw new StepError(
        `an engine answers on ${options.socket}, but \`npm start\` did not start it: end it yourself`,
      );
    }
    say("no engine is running");
    return;
  }
  process.kill(pid, "SIGTERM");
  const deadline = Date.now() + 30_000;
  while (recordedEngine(options.pidFile) !== undefined) {
    if (Date.now() > deadline) throw new StepError(`the engine (process ${pid}) did not end within 30 seconds`);
    await Bun.sleep(20);
  }
  say("the engine has stopped; containers keep running");
}

/** The process in the pid file, if it is still the engine and not a later process with the same PID. */
function recordedEngine(pidFile: string): number | undefined {
  if (!existsSync(pidFile)) return undefined;
  const pid = Number(readFileSync(pidFile, "utf8"));
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync(commandLine)) return undefined;
  return readFileSync(commandLine, "utf8").includes("\0daemon\0") ? pid : undefined;
}
