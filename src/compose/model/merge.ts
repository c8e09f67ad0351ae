// Merges one Compose file over another, by the specification's rule for each attribute: mappings are merged, lists are
// appended, single values are replaced; the table lists the exceptions.
import { ComposeError } from "./compose-error.ts";
import { type PathNode, pathTable, step, stepAll } from "./path-table.ts";
import { isMapping, type Mapping, mapping, type Path, scalarText, type Value, withEntries } from "./value.ts";

type Rule = (base: Value, over: Value, node: PathNode<Rule> | undefined, path: Path) => Value;

const replace: Rule = (_base, over) => over;

/** A mapping as a list of "key=value"; a text as a list of one. */
function toList(value: Value): Value[] {
  if (Array.isArray(value)) return value;
  if (!isMapping(value)) return value === null ? [] : [value];
  return Object.entries(value)
    .flatMap(([key, entry]) => {
      if (entry === null) return [key];
      return Array.isArray(entry) ? entry.map((item) => `${key}=${scalarText(item)}`) : [`${key}=${scalarText(entry)}`];
    })
    .sort();
}

/** A list of names as a mapping with these keys. */
function toMapping(value: Value, entry: () => Value): Mapping {
  if (isMapping(value)) return value;
  if (!Array.isArray(value)) return mapping();
  return mapping(value.map((name): [string, Value] => [scalarText(name), entry()]));
}

const append: Rule = (base, over) => [...toList(base), ...toList(over)];

const appendNew: Rule = (base, over) => {
  const kept = toList(base);
  return [...kept, ...toList(over).filter((entry) => !kept.includes(entry))];
};

const mergeNames =
  (entry: () => Value): Rule =>
  (base, over, node, path) =>
    mergeMappings(toMapping(base, entry), toMapping(over, entry), node, path);

const startedDependency = () =>
  mapping([
    ["condition", "service_started"],
    ["required", true],
  ]);

const mergeBuild: Rule = (base, over, node, path) => {
  const whole = (value: Value) => (typeof value === "string" ? mapping([["context", value]]) : value);
  const [below, above] = [whole(base), whole(over)];
  return mergeMappings(isMapping(below) ? below : mapping(), isMapping(above) ? above : mapping(), node, path);
};

/** Driver options are merged only when both files name the same driver, or one names none. */
const mergeLogging: Rule = (base, over, node, path) => {
  if (!isMapping(base) || !isMapping(over)) return over;
  const { driver } = over;
  const isSame = driver === undefined || base.driver === undefined || driver === base.driver;
  return isSame ? mergeMappings(base, over, node, path) : over;
};

/** Pools are identified by their subnets. */
const mergePools: Rule = (base, over, node, path) => {
  if (!Array.isArray(base) || !Array.isArray(over)) throw new ComposeError(`${path.join(".")}: must be a list`, path);
  const subnet = (pool: Value) => (isMapping(pool) ? pool.subnet : undefined);
  const merged = base.map((pool) => {
    const other = over.find((candidate) => subnet(candidate) === subnet(pool));
    return isMapping(pool) && isMapping(other) ? mergeMappings(pool, other, node, path) : pool;
  });
  return [...merged, ...over.filter((pool) => !base.some((known) => subnet(known) === subnet(pool)))];
};

const rules: PathNode<Rule> = pathTable<Rule>({
  "networks.*.ipam.config": mergePools,
  "networks.*.labels": append,
  "volumes.*.labels": append,
  "services.*.annotations": append,
  "services.*.build": mergeBuild,
  "services.*.build.args": append,
  "services.*.build.additional_contexts": append,
  "services.*.build.extra_hosts": appendNew,
  "services.*.build.labels": append,
  "services.*.command": replace,
  "services.*.depends_on": mergeNames(startedDependency),
  "services.*.deploy.labels": append,
  "services.*.dns": append,
  "services.*.dns_opt": append,
  "services.*.dns_search": append,
  "services.*.entrypoint": replace,
  "services.*.env_file": append,
  "services.*.label_file": append,
  "services.*.environment": append,
  "services.*.extra_hosts": appendNew,
  "services.*.healthcheck.test": replace,
  "services.*.labels": append,
  "services.*.logging": mergeLogging,
  "services.*.models": mergeNames(() => null),
  "services.*.networks": mergeNames(() => null),
  "services.*.sysctls": append,
  "services.*.tmpfs": append,
  "services.*.ulimits.*": replace,
  "services.*.volumes.*.volume.labels": append,
});

function mergeMappings(base: Mapping, over: Mapping, node: PathNode<Rule> | undefined, path: Path): Mapping {
  const changes: Record<string, Value> = Object.create(null);
  for (const [key, value] of Object.entries(over)) {
    const below = base[key];
    changes[key] = below === undefined ? value : mergeValues(below, value, step(node, key), [...path, key]);
  }
  return withEntries(base, changes);
}

function mergeValues(base: Value, over: Value, node: PathNode<Rule> | undefined, path: Path): Value {
  if (node?.rule) return node.rule(base, over, node, path);
  if (over === null) return base;
  if (isMapping(base)) {
    if (!isMapping(over)) throw new ComposeError(`cannot override ${path.join(".")}`, path);
    return mergeMappings(base, over, node, path);
  }
  if (Array.isArray(base)) {
    if (!Array.isArray(over)) throw new ComposeError(`cannot override ${path.join(".")}`, path);
    return [...base, ...over];
  }
  return over;
}

/**
 * @param path location of the two values in a file
 * @throws ComposeError when a list or mapping is overridden by something else
 */
export function mergeAt(base: Value, over: Value, path: Path): Value {
  return mergeValues(base, over, stepAll(rules, path), path);
}

export function merge(base: Mapping, over: Mapping): Mapping {
  return mergeMappings(base, over, rules, []);
}

/** The model without values that later files reset. */
export function withoutPaths(value: Mapping, paths: readonly Path[]): Mapping {
  const [here, below] = [paths.filter(({ length }) => length === 1), paths.filter(({ length }) => length > 1)];
  const changes: Record<string, Value | undefined> = Object.create(null);
  for (const [key] of below) {
    const entry = key === undefined ? undefined : value[key];
    if (key === undefined || !isMapping(entry)) continue;
    const inner = below.filter(([first]) => first === key).map((path) => path.slice(1));
    changes[key] = withoutPaths(entry, inner);
  }
  for (const [key] of here) if (key !== undefined) changes[key] = undefined;
  return withEntries(value, changes);
}
