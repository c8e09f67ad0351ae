// Whether a container that ended is restarted, and after how long. Source: Docker's restart manager: 100 ms, doubled up
// to a minute, and back to 100 ms after a run of ten seconds; each of these can be set.
import { BerthError } from "../../../api/errors.ts";
import type { RestartBackoff, RestartPolicy } from "../../../api/host-configuration.ts";
import { type Ending, endsByRequest } from "./transitions.ts";

const MILLISECOND = 1e6;
const SECOND = 1e9;

const DOCKERS_BACKOFF = { Initial: 100 * MILLISECOND, Maximum: 60 * SECOND, Multiplier: 2, ResetAfter: 10 * SECOND };

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
  const { Initial, Maximum, Multiplier, ResetAfter } = { ...DOCKERS_BACKOFF, ...run.policy.Backoff };
  const startsOver = run.lastDelay === 0 || run.runMilliseconds >= ResetAfter / MILLISECOND;
  const delay = startsOver ? Initial / MILLISECOND : run.lastDelay * Multiplier;
  return Math.min(delay, Maximum / MILLISECOND);
}

function wantsRestart({ policy, exitCode, restartCount, ending, stoppedByClient }: EndedRun): boolean {
  const unhealthy = ending?.reason === "unhealthy";
  if (policy.Name === "always") return true;
  if (policy.Name === "unless-stopped") return !stoppedByClient;
  if (unhealthy && policy.OnUnhealthy && policy.Name !== "on-failure") return true;
  if (policy.Name !== "on-failure" || (exitCode === 0 && !unhealthy)) return false;
  const most = policy.MaximumRetryCount ?? 0;
  return most === 0 || restartCount < most;
}

/** Whether a container with this policy is started when the daemon starts. */
export function startsWithDaemon(policy: RestartPolicy, stoppedByClient: boolean, exitCode: number): boolean {
  if (policy.Name === "always") return true;
  if (policy.Name === "unless-stopped") return !stoppedByClient;
  return policy.Name === "on-failure" && exitCode !== 0 && !stoppedByClient;
}

const POLICIES = ["no", "always", "on-failure", "unless-stopped"];

/** @throws BerthError invalidParameter, in Docker's words. */
export function checkRestartPolicy(policy: RestartPolicy): void {
  const { Name = "", MaximumRetryCount = 0 } = policy;
  if (Name !== "" && !POLICIES.includes(Name)) {
    refuse(`unknown policy '${Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  }
  const negative = MaximumRetryCount < 0 ? " and cannot be negative" : "";
  if (MaximumRetryCount !== 0 && Name !== "on-failure") {
    refuse(`maximum retry count can only be used with 'on-failure'${negative}`);
  }
  if (negative !== "") refuse("maximum retry count cannot be negative");
  if (policy.Backoff) checkBackoff(policy.Backoff);
}

function checkBackoff(backoff: RestartBackoff): void {
  const { Initial, Maximum, Multiplier, ResetAfter } = { ...DOCKERS_BACKOFF, ...backoff };
  if (Initial < MILLISECOND || Maximum < Initial)
    refuse("the initial back-off delay must be between 1ms and the maximum");
  if (Multiplier < 1) refuse("the back-off multiplier must be at least 1");
  if (ResetAfter < 0) refuse("the back-off reset time cannot be negative");
}

function refuse(reason: string): never {
  throw new BerthError("invalidParameter", `invalid restart policy: ${reason}`);
}
