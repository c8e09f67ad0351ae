// How long each phase of a container's run took, for the daemon's debug log and the benchmark. A phase is marked where it
// ends, so that the phases of a trace follow each other without gaps.
import type { LogFields } from "../../../api/log.ts";

export type Phase =
  /** The request's body was read and checked. */
  | "request"
  /** The container's record and directories were written. */
  | "record"
  /** From the container's creation to the client's start request. */
  | "client"
  /** What follows the log was connected to it. */
  | "log"
  | "mount"
  | "network"
  | "spec"
  /** The monitor's process was started. */
  | "spawn"
  /** The OCI runtime has created the container. */
  | "create"
  /** The monitor's socket was connected for attached clients. */
  | "attach"
  /** The rest of the network's setup, beside which the runtime has created the container. */
  | "wire"
  | "start"
  /** The process has executed the container's program. */
  | "exec"
  /** The run was recorded. */
  | "state"
  /** The container's first byte of output was sent to a client. */
  | "output"
  /** Until the exit was seen. */
  | "run"
  /** The rest of the output was delivered. */
  | "streams"
  /** The exit was recorded and reported to waiting clients. */
  | "exit"
  | "cleanup"
  | "removal";

export class Trace {
  private last: number;
  private phases: [Phase, number][] = [];

  /** @param begun when the first phase began, by performance.now() */
  constructor(begun = performance.now()) {
    this.last = begun;
  }

  /** The phase ends now; the next one begins. */
  end(phase: Phase): void {
    const now = performance.now();
    this.phases.push([phase, now - this.last]);
    this.last = now;
  }

  /** The phases since the last call and their sum, in milliseconds. */
  take(): LogFields {
    const fields = Object.fromEntries(this.phases.map(([phase, duration]) => [phase, rounded(duration)]));
    const total = this.phases.reduce((sum, [, duration]) => sum + duration, 0);
    this.phases = [];
    return { ...fields, total: rounded(total) };
  }
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;
