// conmon, the monitor of one container or one exec: it holds the process's stdio or terminal, writes the log,
// and leaves the exit code in a file. It outlives the daemon. Interface: conmon(8), sync pipe of API version 1.
import { closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../api/errors.ts";
import { openPipe } from "../linux/pipe.ts";
import type { OciRuntime } from "./oci-runtime.ts";

/** Descriptor under which the child sees the sync pipe: the first after stdio. */
const SYNC_DESCRIPTOR = 3;

/** The runtime reads what it needs from disk at once; one that says nothing for this long is stuck. */
const CREATE_DEADLINE_MILLISECONDS = 60_000;

export interface MonitorOptions {
  /** The container's ID, by which the OCI runtime knows it. */
  containerId: string;
  /** The ID of what is monitored: the container's own or the exec's; also the name of the exit file. */
  id: string;
  runtime: OciRuntime;
  /** A directory with `config.json` (container) or the process spec (exec); gets `attach`, `ctl`, `pid`. */
  bundle: string;
  exitDirectory: string;
  /** The log file, or undefined when nothing is to be kept. */
  logPath?: string;
  terminal: boolean;
  /** Whether the process has a stdin at all. */
  stdin: boolean;
  /** Whether stdin stays open when the attached side ends it. */
  leaveStdinOpen: boolean;
  /** For an exec: the file with its process spec. */
  processSpec?: string;
  environment?: Record<string, string>;
}

export interface MonitoredProcess {
  /** The process's own pid, in the host's numbering. */
  pid: number;
  monitorPid: number;
}

export const attachSocketPath = (bundle: string): string => join(bundle, "attach");
export const controlPath = (bundle: string): string => join(bundle, "ctl");

function argumentsFor(options: MonitorOptions): string[] {
  const { runtime, bundle } = options;
  return [
    "conmon",
    ...["--api-version", "1"],
    ...["--cid", options.containerId, "--cuuid", options.id, "--name", options.id],
    ...["--runtime", runtime.path],
    ...runtime.globalArguments.flatMap((argument) => ["--runtime-arg", argument]),
    ...["--bundle", bundle, "--full-attach"],
    ...["--exit-dir", options.exitDirectory],
    ...["--container-pidfile", join(bundle, "pid"), "--conmon-pidfile", join(bundle, "monitor-pid")],
    ...["--log-path", options.logPath === undefined ? "none" : `k8s-file:${options.logPath}`],
    "--no-sync-log",
    ...["--log-level", "error"],
    ...(options.terminal ? ["--terminal"] : []),
    ...(options.stdin ? ["--stdin"] : []),
    ...(options.leaveStdinOpen ? ["--leave-stdin-open"] : []),
    ...(options.processSpec === undefined ? [] : ["--exec", "--exec-process-spec", options.processSpec]),
  ];
}

/**
 * Runs conmon, which runs the OCI runtime's `create` (or `exec`), and resolves with the process's pid once the
 * runtime has returned. A container then waits for `start`; an exec is already running.
 * @throws BerthError internal, with the runtime's own message, when the process could not be made.
 */
export async function spawnMonitor(options: MonitorOptions): Promise<MonitoredProcess> {
  const { readEnd, writeEnd } = openPipe();
  let child: Bun.Subprocess<"ignore", "ignore", "pipe">;
  try {
    child = Bun.spawn(argumentsFor(options), {
      cwd: options.bundle,
      env: { PATH: process.env.PATH ?? "", _OCI_SYNCPIPE: String(SYNC_DESCRIPTOR), ...options.environment },
      stdio: ["ignore", "ignore", "pipe", writeEnd],
    });
  } catch (thrown) {
    closeSync(readEnd);
    throw new BerthError(
      "internal",
      'failed to start the container monitor: "conmon" is not installed or not in PATH; install it (apt-get install conmon)',
      thrown,
    );
  } finally {
    closeSync(writeEnd);
  }
  const report = await readReport(readEnd, options.id);
  if (report === undefined) {
    const complaint = (await new Response(child.stderr).text()).trim();
    throw new BerthError("internal", `the container monitor ended before it could report: ${complaint || "no message"}`);
  }
  if (report.pid <= 0) throw new BerthError("internal", runtimeMessage(report.message));
  await child.exited;
  return { pid: report.pid, monitorPid: Number(readFileSync(join(options.bundle, "monitor-pid"), "utf8")) };
}

interface Report {
  pid: number;
  message: string;
}

/** The first line on the sync pipe: `{"data": pid, "message": …}`, a pid below 1 is a failure. */
async function readReport(readEnd: number, id: string): Promise<Report | undefined> {
  const reader = Bun.file(readEnd).stream().getReader();
  const deadline = setTimeout(() => reader.cancel(), CREATE_DEADLINE_MILLISECONDS);
  let text = "";
  const decoder = new TextDecoder();
  try {
    while (!text.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    clearTimeout(deadline);
    reader.releaseLock();
    closeSync(readEnd);
  }
  const [line = ""] = text.split("\n");
  if (line === "") return undefined;
  return parseReport(line, id);
}

function parseReport(line: string, id: string): Report {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (thrown) {
    throw new BerthError("internal", `the monitor of ${id} reported nonsense: ${line}`, thrown);
  }
  if (typeof parsed !== "object" || parsed === null || !("data" in parsed) || typeof parsed.data !== "number") {
    throw new BerthError("internal", `the monitor of ${id} reported nonsense: ${line}`);
  }
  const message = "message" in parsed && typeof parsed.message === "string" ? parsed.message : "";
  return { pid: parsed.data, message };
}

/** The runtime's complaint without the timestamp and level that crun and runc put before it. */
function runtimeMessage(message: string): string {
  const lines = message
    .trim()
    .split("\n")
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z?:?\s*/, "").replace(/^time="[^"]*" level=\w+ msg=/, ""));
  return lines.join(" ").trim() || "the OCI runtime gave no reason";
}
