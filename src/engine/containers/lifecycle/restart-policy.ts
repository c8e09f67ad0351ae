// Whether a container that ended is restarted, and after how long. Source: Docker's restart manager: 100 ms, doubled up
// to a minute, and back to 100 ms after a run of ten seconds; each of these can be set.
import { BerthError } from "../../../api/errors.ts";
import type { RestartBackoff, RestartPolicy } from "../configuration/restart-policy.ts";
import { type Ending, endsByRequest } from "./transitions.ts";

const MILLISECOND = 1e6;
const SECOND = 1e9;

/** Docker's delays, in nanoseconds. */
function completeBackoff({
  initial = 100 * MILLISECOND,
  maximum = 60 * SECOND,
  multiplier = 2,
  resetAfter = 10 * SECOND,
}: RestartBackoff = {}): Required<RestartBackoff> {
  return { initial, maximum, multiplier, resetAfter };
}

export interface EndedRun {
  policy: RestartPolicy;
  exitCode: number;
  runMilliseconds: number;
  /** Why it was stopped; undefined when it exited on its own. */
  ending: Ending | undefined;
  /** Whether a client has sent it any signal since it was started. */
  stoppedByClient: boolean;
  restartCount: number;
  /** The delay before the last restart in milliseconds; 0 when there was none. */
  lastDelay: number;
}

/** Milliseconds until the next start, or undefined when it is not restarted. */
export function restartDelay(run: EndedRun): number | undefined {
  if (endsByRequest(run.ending) || !wantsRestart(run)) return undefined;
  const { initial, maximum, multiplier, resetAfter } = completeBackoff(run.policy.backoff);
  const startsOver = run.lastDelay === 0 || run.runMilliseconds >= resetAfter / MILLISECOND;
  const delay = startsOver ? initial / MILLISECOND : run.lastDelay * multiplier;
  return Math.min(delay, maximum / MILLISECOND);
}

function wantsRestart({ policy, exitCode, restartCount, ending, stoppedByClient }: EndedRun): boolean {
  const unhealthy = ending?.reason === "unhealthy";
  switch (policy.condition) {
    case "always":
      return true;
    case "unless-stopped":
      return !stoppedByClient;
    case "no":
      return unhealthy && policy.onUnhealthy === true;
    case "on-failure": {
      const { maximumRetries } = policy;
      return (exitCode !== 0 || unhealthy) && (maximumRetries === 0 || restartCount < maximumRetries);
    }
  }
}

/** Whether a container with this policy is started when the daemon starts. */
export function startsWithDaemon(policy: RestartPolicy, stoppedByClient: boolean, exitCode: number): boolean {
  switch (policy.condition) {
    case "always":
      return true;
    case "unless-stopped":
      return !stoppedByClient;
    case "no":
      return false;
    case "on-failure":
      return exitCode !== 0 && !stoppedByClient;
  }
}

/** @throws BerthError invalidParameter */
export function checkBackoff(policy: RestartPolicy | undefined): void {
  const { initial, maximum, multiplier, resetAfter } = completeBackoff(policy?.backoff);
  if (initial < MILLISECOND || maximum < initial)
    refuse("the initial back-off delay must be between 1ms and the maximum");
  if (multiplier < 1) refuse("the back-off multiplier must be at least 1");
  if (resetAfter < 0) refuse("the back-off reset time cannot be negative");
}

function refuse(reason: string): never {
  throw new BerthError("invalidParameter", `invalid restart policy: ${reason}`);
}
