// Lists whose entries have a key: a later entry with the same key replaces the earlier one.
import { ComposeError, withPath } from "./compose-error.ts";
import { pathTable, transformModel } from "./path-table.ts";
import { isMapping, type Mapping, type Path, scalarText, textAt, type Value } from "./value.ts";
import { volumeOf } from "./volume-syntax.ts";

type Key = (entry: Value, path: Path) => string;

const beforeEquals: Key = (entry) => scalarText(entry).split("=", 1)[0] ?? "";

const wholeText: Key = (entry) => scalarText(entry);

const mountTarget: Key = (entry, path) => {
  const target = isMapping(entry) ? textAt(entry, "target") : volumeOf(scalarText(entry)).target;
  if (target === undefined) throw new ComposeError(`service volume ${path.join(".")} is missing a mount target`, path);
  return target;
};

const deviceTarget: Key = (entry) => {
  if (isMapping(entry)) return textAt(entry, "target") ?? textAt(entry, "source") ?? "";
  const [source = "", target = source] = scalarText(entry).split(":");
  return target;
};

const fileTarget =
  (directory: string): Key =>
  (entry) =>
    isMapping(entry)
      ? (textAt(entry, "target") ?? `${directory}/${scalarText(entry.source ?? "")}`)
      : `${directory}/${scalarText(entry)}`;

const environmentFile: Key = (entry) => (isMapping(entry) ? (textAt(entry, "path") ?? "") : scalarText(entry));

const port: Key = (entry) => {
  if (!isMapping(entry)) return scalarText(entry);
  const { host_ip: host = "0.0.0.0", published = "", target = "", protocol = "tcp" } = entry;
  return `${scalarText(host)}:${scalarText(published)}:${scalarText(target)}/${scalarText(protocol)}`;
};

const keys = pathTable<Key>({
  "networks.*.labels": beforeEquals,
  "networks.*.ipam.options": beforeEquals,
  "services.*.annotations": beforeEquals,
  "services.*.build.args": beforeEquals,
  "services.*.build.additional_contexts": beforeEquals,
  "services.*.build.labels": beforeEquals,
  "services.*.build.platforms": beforeEquals,
  "services.*.build.tags": beforeEquals,
  "services.*.cap_add": beforeEquals,
  "services.*.cap_drop": beforeEquals,
  "services.*.configs": fileTarget(""),
  "services.*.deploy.labels": beforeEquals,
  "services.*.devices": deviceTarget,
  "services.*.dns": beforeEquals,
  "services.*.dns_opt": beforeEquals,
  "services.*.dns_search": beforeEquals,
  "services.*.env_file": environmentFile,
  "services.*.environment": beforeEquals,
  "services.*.expose": wholeText,
  "services.*.labels": beforeEquals,
  "services.*.links": beforeEquals,
  "services.*.networks.*.aliases": beforeEquals,
  "services.*.networks.*.link_local_ips": beforeEquals,
  "services.*.ports": port,
  "services.*.profiles": beforeEquals,
  "services.*.secrets": fileTarget("/run/secrets"),
  "services.*.sysctls": beforeEquals,
  "services.*.tmpfs": beforeEquals,
  "services.*.volumes": mountTarget,
});

function unique(value: Value, path: Path, key: Key): Value {
  if (!Array.isArray(value)) return value;
  const kept = new Map<string, Value>();
  for (const [index, entry] of value.entries()) {
    const at = [...path, String(index)];
    kept.set(
      withPath(at, () => key(entry, at)),
      entry,
    );
  }
  return [...kept.values()];
}

/** The model without entries that later ones redefine. */
export function withUniqueEntries(model: Mapping): Mapping {
  return transformModel(keys, model, (key, value, path) => unique(value, path, key));
}
