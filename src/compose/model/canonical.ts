// Expands every short syntax to the long one, so that later code handles a single form of each attribute.
import { splitPair } from "../../api/pairs.ts";
import { ComposeError, withPath } from "./compose-error.ts";
import { pathTable, transformModel } from "./path-table.ts";
import { longPorts } from "./port-syntax.ts";
import {
  isMapping,
  type Mapping,
  mapEntries,
  mapping,
  type Path,
  scalarText,
  type Value,
  withEntries,
} from "./value.ts";
import { longVolume } from "./volume-syntax.ts";

export interface CanonicalOptions {
  /** Keeps values whose short syntax is invalid: they may contain variables. */
  keepUnreadable: boolean;
  warn(message: string): void;
}

type Rule = (value: Value, path: Path, options: CanonicalOptions) => Value;

const textToList: Rule = (value) => (typeof value === "string" ? [value] : value);

/** A list without its empty entries, which come from unset variables. */
const filledTexts: Rule = (value) =>
  (Array.isArray(value) ? value : [value]).filter((entry) => entry !== "" && entry !== null);

const namesToMapping: Rule = (value) =>
  Array.isArray(value) ? mapping(value.map((name): [string, Value] => [scalarText(name), null])) : value;

const textTo =
  (key: string): Rule =>
  (value) =>
    typeof value === "string" ? mapping([[key, value]]) : value;

const toText: Rule = (value) => scalarText(value);

const dependencies: Rule = (value) => {
  const complete = (entry: Value): Value =>
    isMapping(entry)
      ? mapping([["condition", "service_started"], ["required", true], ...Object.entries(entry)])
      : entry;
  const named = namesToMapping(value, [], noOptions);
  return isMapping(named) ? mapEntries(named, (entry) => complete(entry ?? mapping())) : value;
};

const environmentFiles: Rule = (value) => {
  const complete = (entry: Value): Value =>
    isMapping(entry)
      ? mapping([["required", true], ...Object.entries(entry)])
      : mapping([
          ["path", entry],
          ["required", true],
        ]);
  return Array.isArray(value) ? value.map(complete) : typeof value === "string" ? [complete(value)] : value;
};

const device: Rule = (value, path, { keepUnreadable }) => {
  if (typeof value !== "string") return value;
  const [source = "", target = source, permissions = "rwm", ...more] = value.split(":");
  if (more.length > 0 && !keepUnreadable) {
    throw new ComposeError(`confusing device mapping, please use long syntax: ${value}`, path);
  }
  return mapping([
    ["source", source],
    ["target", target === "" ? source : target],
    ["permissions", permissions],
  ]);
};

/** Parses a short syntax; on request keeps a value that does not parse. */
function reading<T>(path: Path, { keepUnreadable }: CanonicalOptions, read: () => T, otherwise: T): T {
  try {
    return withPath(path, read);
  } catch (thrown) {
    if (keepUnreadable && thrown instanceof ComposeError) return otherwise;
    throw thrown;
  }
}

const ports: Rule = (value, path, options) => {
  if (!Array.isArray(value)) return value;
  return value.flatMap((entry, index): Value[] => {
    if (isMapping(entry)) return [entry];
    return reading<Value[]>([...path, String(index)], options, () => longPorts(scalarText(entry)), [entry]);
  });
};

const volume: Rule = (value, path, options) =>
  typeof value === "string" ? reading<Value>(path, options, () => longVolume(value), value) : value;

const keyValues: Rule = (value, path, { keepUnreadable }) => {
  if (!Array.isArray(value)) return value;
  const entries = value.map((entry): [string, Value] => {
    const [key, text] = splitPair(scalarText(entry));
    if (text === undefined && !keepUnreadable) {
      throw new ComposeError(`${path.join(".")}: invalid value ${scalarText(entry)}, expected key=value`, path);
    }
    return [key, text ?? ""];
  });
  return mapping(entries);
};

const sshKeys: Rule = (value, path) => {
  if (!Array.isArray(value)) return value;
  return mapping(
    value.map((entry): [string, Value] => {
      const [id, agent] = splitPair(scalarText(entry));
      if (agent === undefined && id !== "default") {
        throw new ComposeError(`invalid ssh key ${JSON.stringify(scalarText(entry))}`, path);
      }
      return [id, agent ?? null];
    }),
  );
};

const gpus: Rule = (value) => (value === "all" ? [mapping([["count", "all"]])] : value);

/** `external: {name: x}` is the old form of `external: true` with `name: x`. */
const external: Rule = (value, path, { warn }) => {
  if (!isMapping(value) || !isMapping(value.external)) return value;
  const { name } = value.external;
  const made = withEntries(value, { external: true });
  if (name === undefined) return made;
  warn(`${path.join(".")}: external.name is deprecated. Please set name and external: true`);
  if (made.name !== undefined && made.name !== name) {
    throw new ComposeError(`${path.join(".")}: name and external.name conflict; only use name`, path);
  }
  return withEntries(made, { name });
};

const noOptions: CanonicalOptions = { keepUnreadable: true, warn: () => undefined };

const shortForms: Readonly<Record<string, Rule>> = {
  "services.*.build": textTo("context"),
  "services.*.depends_on": dependencies,
  "services.*.env_file": environmentFiles,
  "services.*.label_file": textToList,
  "services.*.extends": textTo("service"),
  "services.*.gpus": gpus,
  "services.*.networks": namesToMapping,
  "services.*.models": namesToMapping,
  "services.*.volumes.*": volume,
  "services.*.dns": filledTexts,
  "services.*.devices.*": device,
  "services.*.secrets.*": textTo("source"),
  "services.*.configs.*": textTo("source"),
  "services.*.ports": ports,
  "services.*.develop.watch.*.ignore": textToList,
  "services.*.develop.watch.*.include": textToList,
  "volumes.*": external,
  "networks.*": external,
  "secrets.*": external,
  "configs.*": external,
};

/** Inside `build`, which itself has a short form. */
const buildForms: Readonly<Record<string, Rule>> = {
  "services.*.build.secrets.*": textTo("source"),
  "services.*.build.provenance": toText,
  "services.*.build.sbom": toText,
  "services.*.build.additional_contexts": keyValues,
  "services.*.build.ssh": sshKeys,
};

const tables = [pathTable(shortForms), pathTable(buildForms)];

/** @throws ComposeError for an invalid short syntax */
export function canonical(model: Mapping, options: CanonicalOptions): Mapping {
  return tables.reduce(
    (made, table) => transformModel(table, made, (rule, value, path) => rule(value, path, options)),
    model,
  );
}
