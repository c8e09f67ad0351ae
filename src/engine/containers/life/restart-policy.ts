// When a container that ended is started again, and after how long. Source: Docker's restart manager: 100 ms,
// doubled up to a minute, and back to 100 ms after a run of ten seconds.
import type { RestartPolicy } from "../../../api/containers.ts";

const FIRST_DELAY_MILLISECONDS = 100;
const LONGEST_DELAY_MILLISECONDS = 60_000;
const STABLE_RUN_MILLISECONDS = 10_000;

export interface EndedRun {
  policy: RestartPolicy;
  exitCode: number;
  runMilliseconds: number;
  /** Whether a client's stop or kill ended it. */
  stoppedByClient: boolean;
  restartCount: number;
  /** The delay before the last restart; 0 when there was none. */
  lastDelay: number;
}

/** Milliseconds until the next start, or undefined to let it lie. */
export function restartDelay(run: EndedRun): number | undefined {
  if (run.stoppedByClient || !wantsRestart(run)) return undefined;
  if (run.lastDelay === 0 || run.runMilliseconds >= STABLE_RUN_MILLISECONDS) return FIRST_DELAY_MILLISECONDS;
  return Math.min(run.lastDelay * 2, LONGEST_DELAY_MILLISECONDS);
}

function wantsRestart({ policy, exitCode, restartCount }: EndedRun): boolean {
  if (policy.Name === "always" || policy.Name === "unless-stopped") return true;
  if (policy.Name !== "on-failure" || exitCode === 0) return false;
  const most = policy.MaximumRetryCount ?? 0;
  return most === 0 || restartCount < most;
}

/** Whether a container is started when the daemon starts, its policy being `policy`. */
export function startsWithDaemon(policy: RestartPolicy, stoppedByClient: boolean, exitCode: number): boolean {
  if (policy.Name === "always") return true;
  if (policy.Name === "unless-stopped") return !stoppedByClient;
  return policy.Name === "on-failure" && exitCode !== 0 && !stoppedByClient;
}
