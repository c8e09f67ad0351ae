// Docker's `RestartPolicy`: a name, and a retry count that only "on-failure" has.
import { BerthError } from "../api/errors.ts";
import type { RestartPolicy as DockerRestartPolicy } from "../api/host-configuration.ts";
import type { RestartPolicy } from "../engine/containers/configuration/restart-policy.ts";

/** Undefined for an empty policy. @throws BerthError invalidParameter in Docker's words */
export function restartPolicyOf(policy: DockerRestartPolicy): RestartPolicy {
  const { Name = "", MaximumRetryCount = 0, OnUnhealthy, Backoff } = policy;
  const common = {
    onUnhealthy: OnUnhealthy,
    backoff: Backoff && {
      initial: Backoff.Initial,
      maximum: Backoff.Maximum,
      multiplier: Backoff.Multiplier,
      resetAfter: Backoff.ResetAfter,
    },
  };
  const negative = MaximumRetryCount < 0 ? " and cannot be negative" : "";
  const onlyOnFailure = (): void => {
    if (MaximumRetryCount !== 0) refuse(`maximum retry count can only be used with 'on-failure'${negative}`);
  };
  switch (Name) {
    case "on-failure":
      if (negative !== "") refuse("maximum retry count cannot be negative");
      return { condition: Name, maximumRetries: MaximumRetryCount, ...common };
    case "":
    case "no":
      onlyOnFailure();
      return { condition: "no", ...common };
    case "always":
    case "unless-stopped":
      onlyOnFailure();
      return { condition: Name, ...common };
    default:
      return refuse(`unknown policy '${Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  }
}

export function dockerRestartPolicy(policy: RestartPolicy): DockerRestartPolicy {
  const { condition, onUnhealthy, backoff } = policy;
  return {
    Name: condition,
    MaximumRetryCount: policy.condition === "on-failure" ? policy.maximumRetries : 0,
    ...(onUnhealthy !== undefined && { OnUnhealthy: onUnhealthy }),
    ...(backoff && {
      Backoff: {
        Initial: backoff.initial,
        Maximum: backoff.maximum,
        Multiplier: backoff.multiplier,
        ResetAfter: backoff.resetAfter,
      },
    }),
  };
}

function refuse(reason: string): never {
  throw new BerthError("invalidParameter", `invalid restart policy: ${reason}`);
}
