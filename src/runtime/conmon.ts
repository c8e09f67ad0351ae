// conmon, the monitor of one container or exec: it holds the process's stdio or terminal, writes the log, and writes the
// exit code to a file. It outlives the daemon. Interface: conmon(8), sync pipe of API version 1.
import { closeSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../api/errors.ts";
import { withinDeadline } from "../async/deadline.ts";
import { isErrno } from "../linux/errno.ts";
import { childrenOf, identifyProcess, isProcessAlive, type ProcessIdentity, signalProcess } from "../linux/process.ts";
import { SIGKILL } from "../linux/signals.ts";
import { openSocketPair } from "../linux/socket-pair.ts";
import type { OciRuntime } from "./oci-runtime.ts";
import { RuntimeError } from "./runtime-error.ts";
import { SyncPipe } from "./sync-pipe.ts";

/** The child's descriptors of its pipes: the first ones after stdio. */
const SYNC_DESCRIPTOR = 3;
const START_DESCRIPTOR = 4;
const ATTACH_DESCRIPTOR = 5;

/** A runtime that reports nothing for this long hangs. */
const CREATE_DEADLINE_MILLISECONDS = 60_000;
/** For its stderr, after its exit. */
const COMPLAINT_DEADLINE_MILLISECONDS = 1_000;

type Conmon = Bun.Subprocess<"ignore", "ignore", "pipe">;

export interface MonitorOptions {
  /** The container's ID, which is also its ID for the OCI runtime. */
  containerId: string;
  /** The ID of the monitored container or exec. */
  id: string;
  runtime: OciRuntime;
  /** A directory with `config.json` (container) or the process spec (exec); gets `attach`, `ctl`, `pid`. */
  bundle: string;
  /** Where the exit code of a container is written; that of an exec is only reported. */
  exitDirectory?: string;
  /** The log file; undefined to keep no log. */
  logPath?: string;
  /** Whether the output is also sent to the host's journal. */
  journald?: boolean;
  /** The name in the journal; the ID by default. */
  name?: string;
  terminal: boolean;
  /** Whether the process has a stdin at all. */
  stdin: boolean;
  /** Whether stdin stays open when the attached side ends it. */
  leaveStdinOpen: boolean;
  exec?: ExecMonitorOptions;
  /** Whether it runs the OCI runtime at once, which then waits for what it reads (config-pipe.ts). */
  runsAhead?: boolean;
}

export interface ExecMonitorOptions {
  /** The file with the process spec. */
  processSpec: string;
  /**
   * Called when the attach socket exists and the process does not exist yet: a client that attaches now misses no output. Without
   * it the process starts immediately.
   */
  beforeStart?(): Promise<void>;
}

export interface MonitoredProcess {
  /** The process itself, in the host's numbering. */
  process: ProcessIdentity;
  monitor: ProcessIdentity;
  /** What the monitor reports later: for an exec its exit code. The caller closes it. */
  reports: SyncPipe;
}

export const attachSocketPath = (bundle: string): string => join(bundle, "attach");
export const controlPath = (bundle: string): string => join(bundle, "ctl");
export const windowSizePath = (bundle: string): string => join(bundle, "winsz");

function argumentsFor(options: MonitorOptions): string[] {
  const { runtime, bundle } = options;
  return [
    "conmon",
    ...["--api-version", "1"],
    ...["--cid", options.containerId, "--cuuid", options.id, "--name", options.name ?? options.id],
    ...["--runtime", runtime.path],
    ...[...runtime.globalArguments, ...logArguments(options)].flatMap((argument) => ["--runtime-arg", argument]),
    ...["--bundle", bundle, "--full-attach"],
    ...(options.exitDirectory === undefined ? [] : ["--exit-dir", options.exitDirectory]),
    ...["--container-pidfile", join(bundle, "pid"), "--conmon-pidfile", join(bundle, "monitor-pid")],
    ...["--log-path", options.logPath === undefined ? "none" : `k8s-file:${options.logPath}`],
    ...(options.journald ? ["--log-path", "journald:"] : []),
    "--no-sync-log",
    ...["--log-level", "error"],
    ...(options.terminal ? ["--terminal"] : []),
    ...(options.stdin ? ["--stdin"] : []),
    ...(options.leaveStdinOpen ? ["--leave-stdin-open"] : []),
    ...(options.exec === undefined ? [] : ["--exec", "--exec-process-spec", options.exec.processSpec]),
    ...(options.exec?.beforeStart === undefined ? [] : ["--exec-attach"]),
  ];
}

const runtimeLogPath = (bundle: string): string => join(bundle, "runtime.log");

/** Where the runtime writes why an exec failed, if its terminal is already there. */
function logArguments({ exec, terminal, runtime, bundle }: MonitorOptions): string[] {
  return exec !== undefined && terminal && runtime.failsOnTerminal ? ["--log", runtimeLogPath(bundle)] : [];
}

/** A monitor that runs and waits. One of the two methods must be called, once. */
export interface WaitingMonitor {
  /**
   * Has it run the OCI runtime's `create` (or `exec`), and resolves with the process's pid once the runtime has returned. A
   * container then waits for `start`; an exec is already running.
   * @throws RuntimeError with the runtime's own message when the process could not be created
   */
  create(): Promise<MonitoredProcess>;
  /** Ends it. */
  abandon(): void;
}

/** Starts conmon, which loads while the caller prepares what it needs: only the bundle's directory must exist before. */
export function startMonitor(options: MonitorOptions): WaitingMonitor {
  const sync = openSocketPair();
  const start = openSocketPair();
  const attach = options.exec?.beforeStart === undefined ? undefined : openSocketPair();
  const pairs = [sync, start, ...(attach ? [attach] : [])];
  let child: Conmon;
  try {
    child = spawnConmon(
      options,
      pairs.map(({ theirs }) => theirs),
    );
  } catch (thrown) {
    for (const { ours } of pairs) closeSync(ours);
    throw thrown;
  } finally {
    for (const { theirs } of pairs) closeSync(theirs);
  }
  if (options.runsAhead) letPass(start.ours);
  return {
    create: () => create(options, child, { sync: sync.ours, start: start.ours, attach: attach?.ours }),
    abandon: () => {
      child.kill("SIGKILL");
      for (const { ours } of pairs) closeSync(ours);
    },
  };
}

/** The daemon's ends of the pipes. */
interface Pipes {
  sync: number;
  start: number;
  attach: number | undefined;
}

async function create(options: MonitorOptions, child: Conmon, pipes: Pipes): Promise<MonitoredProcess> {
  const reports = await SyncPipe.open(pipes.sync);
  try {
    await passGate(pipes, options);
    const report = await reports.next(CREATE_DEADLINE_MILLISECONDS);
    if (report === undefined) {
      // A late one would continue with a start that has failed by now.
      killMonitor(options.bundle);
      const failure = readIfPresent(runtimeLogPath(options.bundle)).trim();
      if (failure !== "") throw new RuntimeError(runtimeMessage(failure));
      // A child of the monitor may hold its stderr open.
      const stderr = await withinDeadline(COMPLAINT_DEADLINE_MILLISECONDS, new Response(child.stderr).text());
      const complaint = stderr?.trim();
      throw new BerthError(
        "internal",
        `the container monitor ended before it could report: ${complaint || "no message"}`,
      );
    }
    if (report.data <= 0) throw new RuntimeError(runtimeMessage(report.message));
    await child.exited;
    return {
      process: identityOf(report.data),
      monitor: identityOf(Number(readFileSync(join(options.bundle, "monitor-pid"), "utf8"))),
      reports,
    };
  } catch (thrown) {
    reports.close();
    throw thrown;
  }
}

/** A process that has just ended has no start time any more: then nothing matches the identity. */
const identityOf = (pid: number): ProcessIdentity => identifyProcess(pid) ?? { pid, startTime: 0 };

/** Whether the process is alive, and the monitor of this container. */
export function isMonitorOf(monitor: ProcessIdentity, containerId: string): boolean {
  return isProcessAlive(monitor) && namesInCommandLine(monitor.pid, containerId);
}

/** Kills a monitor that does nothing, with what it started: the runtime it waits for, or the process it monitors. */
export function killMonitor(bundle: string): void {
  const pid = monitorPidOf(bundle);
  const monitor = pid === undefined ? undefined : identifyProcess(pid);
  // The PID may have been reused.
  if (!monitor || !namesInCommandLine(monitor.pid, bundle)) return;
  for (const child of childrenOf(monitor.pid)) {
    const identity = identifyProcess(child);
    if (identity) signalProcess(identity, SIGKILL);
  }
  signalProcess(monitor, SIGKILL);
}

function namesInCommandLine(pid: number, name: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(name);
  } catch {
    return false; // It has just ended.
  }
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return "";
    throw thrown;
  }
}

function monitorPidOf(bundle: string): number | undefined {
  return Number(readIfPresent(join(bundle, "monitor-pid"))) || undefined;
}

/** `descriptors` are passed in the order sync, start, attach. */
function spawnConmon(options: MonitorOptions, descriptors: number[]): Conmon {
  try {
    return Bun.spawn(argumentsFor(options), {
      cwd: options.bundle,
      env: {
        PATH: process.env.PATH ?? "",
        _OCI_SYNCPIPE: String(SYNC_DESCRIPTOR),
        _OCI_STARTPIPE: String(START_DESCRIPTOR),
        ...(options.exec?.beforeStart ? { _OCI_ATTACHPIPE: String(ATTACH_DESCRIPTOR) } : {}),
      },
      stdio: ["ignore", "ignore", "pipe", ...descriptors],
    });
  } catch (thrown) {
    throw new BerthError(
      "internal",
      'failed to start the container monitor: "conmon" is not installed or not in PATH; install it (apt-get install conmon)',
      thrown,
    );
  }
}

/** conmon waits on the start pipe before it does anything; for an exec again, once its attach socket is there. */
async function passGate({ start, attach }: Pipes, { runsAhead, exec }: MonitorOptions): Promise<void> {
  const attached = attach === undefined ? undefined : await SyncPipe.open(attach);
  try {
    if (!runsAhead) letPass(start);
    if (!attached) return;
    if ((await attached.next(CREATE_DEADLINE_MILLISECONDS)) !== undefined) await exec?.beforeStart?.();
    letPass(start);
  } finally {
    attached?.close();
    closeSync(start);
  }
}

/** A monitor that has ended says why on its stderr, which is read when it reports nothing. */
function letPass(start: number): void {
  try {
    writeSync(start, new Uint8Array(1));
  } catch (thrown) {
    if (!isErrno(thrown, "EPIPE")) throw thrown;
  }
}

/** The runtime's message without the timestamp and level that crun and runc prefix. */
function runtimeMessage(message: string): string {
  const lines = message
    .trim()
    .split("\n")
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z?:?\s*/, "").replace(/^time="[^"]*" level=\w+ msg=/, ""));
  return lines.join(" ").trim() || "the OCI runtime gave no reason";
}
