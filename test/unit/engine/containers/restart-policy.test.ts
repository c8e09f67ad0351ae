// When a container is restarted, and after how long.
import { describe, expect, test } from "bun:test";
import type { RestartPolicy as DockerRestartPolicy } from "../../../../src/api/host-configuration.ts";
import { restartPolicyOf } from "../../../../src/docker/restart-policy.ts";
import {
  checkBackoff,
  type EndedRun,
  restartDelay,
  startsWithDaemon,
} from "../../../../src/engine/containers/lifecycle/restart-policy.ts";

const ended = (run: Partial<EndedRun>): EndedRun => ({
  policy: { condition: "always" },
  exitCode: 1,
  runMilliseconds: 0,
  ending: undefined,
  stoppedByClient: false,
  restartCount: 0,
  lastDelay: 0,
  ...run,
});

test("delays double up to a minute, and start over after a run of ten seconds", () => {
  const delays: (number | undefined)[] = [];
  for (let lastDelay = 0; delays.length < 12; lastDelay = delays.at(-1) ?? 0)
    delays.push(restartDelay(ended({ lastDelay })));
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
  expect(restartDelay(ended({ lastDelay: 60_000, runMilliseconds: 10_000 }))).toBe(100);
  expect(restartDelay(ended({ lastDelay: 60_000, runMilliseconds: 9_999 }))).toBe(60_000);
});

describe("a run that ended", () => {
  const always = { condition: "always" } as const;
  const unlessStopped = { condition: "unless-stopped" } as const;
  const onFailure = { condition: "on-failure", maximumRetries: 3 } as const;
  const whenUnhealthy = { condition: "no", onUnhealthy: true } as const;
  test.each<[string, Partial<EndedRun>, boolean]>([
    ["without a policy", { policy: { condition: "no" } }, false],
    ["always, with success", { policy: always, exitCode: 0 }, true],
    ["always, after a signal that the process survived for a while", { policy: always, stoppedByClient: true }, true],
    ["always, stopped", { policy: always, ending: { reason: "stop" } }, false],
    ["always, killed by a client", { policy: always, ending: { reason: "signal" } }, false],
    ["always, restarted by a client", { policy: always, ending: { reason: "restart" } }, false],
    ["always, removed", { policy: always, ending: { reason: "removal", volumes: false } }, false],
    ["unless-stopped, by itself", { policy: unlessStopped }, true],
    ["unless-stopped, after any signal of a client", { policy: unlessStopped, stoppedByClient: true }, false],
    ["on-failure, with success", { policy: onFailure, exitCode: 0 }, false],
    ["on-failure, with tries left", { policy: onFailure, restartCount: 2 }, true],
    ["on-failure, without tries left", { policy: onFailure, restartCount: 3 }, false],
    [
      "on-failure, unhealthy and with success",
      { policy: onFailure, exitCode: 0, ending: { reason: "unhealthy" } },
      true,
    ],
    ["when unhealthy, unhealthy", { policy: whenUnhealthy, ending: { reason: "unhealthy" } }, true],
    ["when unhealthy, by itself", { policy: whenUnhealthy }, false],
  ])("%s", (_, run, restarts) => {
    expect(restartDelay(ended(run)) !== undefined).toBe(restarts);
  });
});

test.each<[DockerRestartPolicy["Name"], boolean, number, boolean]>([
  ["always", true, 0, true],
  ["unless-stopped", false, 0, true],
  ["unless-stopped", true, 0, false],
  ["on-failure", false, 1, true],
  ["on-failure", false, 0, false],
  ["on-failure", true, 1, false],
  ["no", false, 1, false],
])("when the daemon starts: %s, stopped %p, exit code %i", (Name, stopped, exitCode, starts) => {
  expect(startsWithDaemon(restartPolicyOf({ Name }), stopped, exitCode)).toBe(starts);
});

test.each([
  [{ Name: "sometimes" }, "unknown policy 'sometimes'"],
  [{ Name: "always", MaximumRetryCount: 1 }, "maximum retry count can only be used with 'on-failure'"],
  [{ Name: "on-failure", MaximumRetryCount: -1 }, "maximum retry count cannot be negative"],
  [{ Name: "always", Backoff: { Initial: 1 } }, "the initial back-off delay must be between 1ms and the maximum"],
  [{ Name: "always", Backoff: { Multiplier: 0 } }, "the back-off multiplier must be at least 1"],
])("%j is refused", (policy, message) => {
  expect(() => checkBackoff(restartPolicyOf(policy))).toThrow(message);
});
