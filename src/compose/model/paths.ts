// Resolves relative paths of a Compose file against the directory of the project or of the file that contains them.
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { ComposeError } from "./compose-error.ts";
import { pathTable, transformModel } from "./path-table.ts";
import { isMapping, type Mapping, mapEntries, textAt, type Value, withEntries } from "./value.ts";

/** Expands "~" and "~/x" to the home directory. */
function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** Absolute and Windows paths are not changed. */
export function resolvePath(directory: string, path: string): string {
  const expanded = expandHome(path);
  if (expanded === "" || isAbsolute(expanded) || /^[a-z]:[\\/]|^\\\\/i.test(expanded)) return expanded;
  return join(directory, expanded).replace(/(?<=.)\/$/, "");
}

/** Whether a build context is remote rather than a local directory. */
export function isRemoteContext(context: string): boolean {
  return context.includes("://") || context.startsWith("service:") || /^(github\.com\/|git@)/.test(context);
}

type Rule = (value: Value, directory: string) => Value;

const path: Rule = (value, directory) => (typeof value === "string" ? resolvePath(directory, value) : value);

const context: Rule = (value, directory) =>
  typeof value === "string" && !isRemoteContext(value) ? resolvePath(directory, value) : value;

const bindMount: Rule = (value, directory) => {
  if (!isMapping(value) || value.type !== "bind") return value;
  const source = textAt(value, "source");
  if (source === undefined) {
    throw new ComposeError(`invalid mount config for type "bind": field Source must not be empty`);
  }
  return withEntries(value, { source: resolvePath(directory, source) });
};

/** A volume of the local driver with "o: bind" is effectively a bind mount. */
const boundVolume: Rule = (value, directory) => {
  if (!isMapping(value) || value.driver !== "local" || !isMapping(value.driver_opts)) return value;
  const device = textAt(value.driver_opts, "device");
  if (value.driver_opts.o !== "bind" || device === undefined) return value;
  return withEntries(value, {
    driver_opts: withEntries(value.driver_opts, { device: resolvePath(directory, device || ".") }),
  });
};

const sshKeys: Rule = (value, directory) =>
  isMapping(value) ? mapEntries(value, (key) => (key === null ? key : path(key, directory))) : value;

const rules = pathTable<Rule>({
  "services.*.build.context": context,
  "services.*.build.additional_contexts.*": context,
  "services.*.build.ssh": sshKeys,
  "services.*.env_file.*.path": path,
  "services.*.label_file.*": path,
  "services.*.extends.file": path,
  "services.*.develop.watch.*.path": path,
  "services.*.volumes.*": bindMount,
  "configs.*.file": path,
  "secrets.*.file": path,
  "volumes.*": boundVolume,
});

export function resolvePaths(model: Mapping, directory: string): Mapping {
  return transformModel(rules, model, (rule, value) => rule(value, directory));
}
