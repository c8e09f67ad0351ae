// Replaces the variables of a whole file, and converts text to numbers and booleans where the specification requires
// them.
import { ComposeError, shownPath } from "./compose-error.ts";
import { type PathNode, pathTable, step } from "./path-table.ts";
import { InvalidTemplateError, type Lookup, substitute } from "./template.ts";
import { isMapping, type Mapping, mapEntries, type Path, type Value } from "./value.ts";

/** The environment, and the receiver of warnings. */
export interface Interpolation {
  lookup: Lookup;
  warn(message: string): void;
}

type Cast = (text: string, warn: (message: string) => void) => Value;

function toInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new ComposeError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function toFloat(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new ComposeError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

export function toBoolean(text: string, warn: (message: string) => void): boolean {
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  const old = { y: true, yes: true, on: true, n: false, no: false, off: false }[lower];
  if (old === undefined) throw new ComposeError(`invalid boolean: ${text}`);
  warn(`${JSON.stringify(text)} for boolean is not supported by YAML 1.2, please use \`${old}\``);
  return old;
}

const integers = [
  "cpu_count",
  "cpu_period",
  "cpu_quota",
  "cpu_rt_period",
  "cpu_rt_runtime",
  "cpu_shares",
  "deploy.replicas",
  "deploy.update_config.parallelism",
  "deploy.rollback_config.parallelism",
  "deploy.restart_policy.max_attempts",
  "deploy.placement.max_replicas_per_node",
  "healthcheck.retries",
  "oom_score_adj",
  "pids_limit",
  "ports.*.target",
  "scale",
  "ulimits.*",
  "ulimits.*.hard",
  "ulimits.*.soft",
];

const floats = [
  "cpu_percent",
  "cpus",
  "deploy.update_config.max_failure_ratio",
  "deploy.rollback_config.max_failure_ratio",
];

const booleans = [
  "init",
  "depends_on.*.required",
  "depends_on.*.restart",
  "healthcheck.disable",
  "oom_kill_disable",
  "privileged",
  "read_only",
  "stdin_open",
  "tty",
  "volumes.*.read_only",
  "volumes.*.volume.nocopy",
];

const casts: PathNode<Cast> = pathTable<Cast>({
  ...Object.fromEntries(integers.map((path) => [`services.*.${path}`, toInteger])),
  ...Object.fromEntries(floats.map((path) => [`services.*.${path}`, toFloat])),
  ...Object.fromEntries(booleans.map((path) => [`services.*.${path}`, toBoolean])),
  ...Object.fromEntries(
    ["external", "internal", "attachable", "enable_ipv4", "enable_ipv6"].map((key) => [`networks.*.${key}`, toBoolean]),
  ),
  "volumes.*.external": toBoolean,
  "secrets.*.external": toBoolean,
  "configs.*.external": toBoolean,
});

function interpolateText(text: string, cast: Cast | undefined, path: Path, { lookup, warn }: Interpolation): Value {
  try {
    const unset = (name: string) => warn(`The "${name}" variable is not set. Defaulting to a blank string.`);
    const value = substitute(text, lookup, unset);
    if (!cast) return value;
    try {
      return cast(value, warn);
    } catch (thrown) {
      if (!(thrown instanceof ComposeError)) throw thrown;
      throw new ComposeError(`failed to cast to expected type: ${thrown.message}`);
    }
  } catch (thrown) {
    if (thrown instanceof InvalidTemplateError) {
      throw new ComposeError(
        `invalid interpolation format for ${shownPath(path)}.\nYou may need to escape any $ with another $.\n${thrown.message}`,
        path,
      );
    }
    if (!(thrown instanceof ComposeError)) throw thrown;
    throw new ComposeError(`error while interpolating ${shownPath(path)}: ${thrown.message}`, path);
  }
}

function interpolateValue(value: Value, node: PathNode<Cast> | undefined, path: Path, options: Interpolation): Value {
  if (typeof value === "string") return interpolateText(value, node?.rule, path, options);
  const below = (entry: Value, key: string): Value => {
    const next = step(node, key);
    // Most values are text without variables.
    if (typeof entry === "string" && !next?.rule && !entry.includes("$")) return entry;
    return interpolateValue(entry, next, [...path, key], options);
  };
  if (isMapping(value)) return mapEntries(value, below);
  return Array.isArray(value) ? value.map((entry, index) => below(entry, String(index))) : value;
}

/**
 * The values of a file with their variables replaced; keys are not changed.
 * @throws ComposeError
 */
export function interpolate(file: Mapping, options: Interpolation): Mapping {
  return mapEntries(file, (entry, key) => interpolateValue(entry, step(casts, key), [key], options));
}
