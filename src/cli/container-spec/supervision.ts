// Health check and restart flags: Docker's and Berth's additions.
import type { HealthConfig } from "../../api/container-config.ts";
import type { RestartBackoff, RestartPolicy } from "../../api/host-configuration.ts";
import { CommandError } from "../failure.ts";
import { type Flag, FlagValueError, type FlagValues } from "../flags/flag.ts";
import { duration, integer, splitCommas, text, toggle } from "../flags/kinds.ts";
import { parseDuration } from "../flags/numbers.ts";

export function supervisionFlags() {
  return {
    "health-cmd": text("Command to run to check health"),
    "health-http": text("HTTP URL to check health (http://localhost:80/path)", {
      addition: true,
    }),
    "health-interval": duration("Time between running the check (ms|s|m|h)"),
    "health-retries": integer("Consecutive failures needed to report unhealthy"),
    "health-start-interval": duration("Time between running the check during the start period (ms|s|m|h)", {
      since: "1.44",
    }),
    "health-start-period": duration(
      "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)",
    ),
    "health-tcp": text("TCP port to check health (port|host:port)", {
      addition: true,
    }),
    "health-timeout": duration("Maximum time to allow one check to run (ms|s|m|h)"),
    "no-healthcheck": toggle("Disable any container-specified HEALTHCHECK"),
    restart: text("Restart policy to apply when a container exits", {
      initial: "no",
      complete: ["no", "always", "on-failure", "unless-stopped"],
    }),
    "restart-backoff": {
      type: "backoff",
      description: "Time between restarts (initial=100ms,max=1m,factor=2,reset=10s)",
      initial: undefined,
      addition: true,
      read: readBackoff,
    } satisfies Flag<RestartBackoff | undefined>,
    "restart-unhealthy": toggle("Restart the container when it becomes unhealthy", { addition: true }),
  };
}

export type SupervisionValues = FlagValues<ReturnType<typeof supervisionFlags>>;

/** "initial=1s,max=1m,factor=1.5,reset=10s"; missing values default to Docker's. @throws FlagValueError */
export function readBackoff(given: string): RestartBackoff {
  const backoff: RestartBackoff = {};
  for (const pair of splitCommas(given)) {
    const [key = "", value = ""] = pair.split("=");
    switch (key) {
      case "initial":
        backoff.Initial = parseDuration(value);
        break;
      case "max":
        backoff.Maximum = parseDuration(value);
        break;
      case "reset":
        backoff.ResetAfter = parseDuration(value);
        break;
      case "factor":
        backoff.Multiplier = Number(value);
        break;
      default:
        throw new FlagValueError(`unexpected key '${key}' in '${pair}': want initial, max, factor or reset`);
    }
  }
  if (Number.isNaN(backoff.Multiplier)) throw new FlagValueError(`invalid factor in '${given}'`);
  return backoff;
}

/** Parses "on-failure:3"; the engine validates the name. @throws CommandError */
export function readRestartPolicy(text: string): RestartPolicy {
  const [name = "", count, ...more] = text.split(":");
  const limit = count ?? "0";
  if (count !== undefined && name === "")
    throw new CommandError("invalid restart policy format: no policy provided before colon");
  if (more.length > 0 || !/^[+-]?\d+$/.test(limit)) {
    throw new CommandError("invalid restart policy format: maximum retry count must be an integer");
  }
  return { Name: name, MaximumRetryCount: Number(limit) };
}

/** @throws CommandError */
export function restartPolicyOf(flags: SupervisionValues): RestartPolicy {
  const Backoff = flags["restart-backoff"];
  return {
    ...readRestartPolicy(flags.restart),
    ...(flags["restart-unhealthy"] && { OnUnhealthy: true }),
    ...(Backoff && { Backoff }),
  };
}

function testsOf(flags: SupervisionValues): string[][] {
  const kinds = [
    ["CMD-SHELL", flags["health-cmd"]],
    ["TCP", flags["health-tcp"]],
    ["HTTP", flags["health-http"]],
  ];
  return kinds.filter(([, test]) => test !== "").map(([kind = "", test = ""]) => [kind, test]);
}

/** @throws CommandError */
export function readHealthcheck(flags: SupervisionValues): HealthConfig | undefined {
  const durations = {
    Interval: flags["health-interval"],
    Timeout: flags["health-timeout"],
    StartPeriod: flags["health-start-period"],
    StartInterval: flags["health-start-interval"],
  };
  const tests = testsOf(flags);
  if (tests.length > 1) {
    throw new CommandError("conflicting options: only one of --health-cmd, --health-tcp and --health-http can be used");
  }
  const Retries = flags["health-retries"];
  const any =
    tests.length > 0 || Retries !== undefined || Object.values(durations).some((value) => value !== undefined);
  if (flags["no-healthcheck"]) {
    if (any) throw new CommandError("--no-healthcheck conflicts with --health-* options");
    return { Test: ["NONE"] };
  }
  if (!any) return undefined;
  const names = ["interval", "timeout", "start-period", "start-interval"];
  for (const [index, value] of Object.values(durations).entries()) {
    if (value !== undefined && value < 0) throw new CommandError(`--health-${names[index]} cannot be negative`);
  }
  if (Retries !== undefined && Retries < 0) throw new CommandError("--health-retries cannot be negative");
  return { ...(tests[0] && { Test: tests[0] }), ...durations, Retries };
}
