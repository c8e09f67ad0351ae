// Default values of attributes.
import { pathTable, transformModel } from "./path-table.ts";
import { isMapping, type Mapping, scalarText, type Value, withEntries } from "./value.ts";

type Rule = (value: Mapping) => Mapping;

const withDefault =
  (...defaults: readonly (readonly [string, Value])[]): Rule =>
  (value) =>
    withEntries(value, Object.fromEntries(defaults.map(([key, entry]) => [key, value[key] ?? entry])));

const secretTarget: Rule = (value) =>
  value.target === undefined ? withEntries(value, { target: `/run/secrets/${scalarText(value.source ?? "")}` }) : value;

const allDevices: Rule = (value) =>
  value.count === undefined && value.device_ids === undefined ? withEntries(value, { count: "all" }) : value;

const rules = pathTable<Rule>({
  "services.*.build": withDefault(["context", "."]),
  "services.*.secrets.*": secretTarget,
  "services.*.ports.*": withDefault(["protocol", "tcp"], ["mode", "ingress"]),
  "services.*.deploy.resources.reservations.devices.*": allDevices,
  "services.*.gpus.*": allDevices,
  "services.*.volumes.*.bind": withDefault(["create_host_path", true]),
});

export function withDefaults(model: Mapping): Mapping {
  return transformModel(rules, model, (rule, value) => (isMapping(value) ? rule(value) : value));
}
