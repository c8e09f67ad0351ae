// Prints a project as Compose does: YAML or JSON that can be read again.
import { goJson } from "./hash.ts";
import type { Project, Service } from "./project.ts";
import type { ConfigAttributes } from "./schema/project.ts";
import { type Mapping, sortedKeys } from "./value.ts";
import { yamlText } from "./yaml-text.ts";

export type PrintFormat = "yaml" | "json";

function objectOf<T, U>(
  entries: ReadonlyMap<string, T>,
  print: (entry: T) => U,
): Readonly<Record<string, U>> | undefined {
  if (entries.size === 0) return undefined;
  return Object.fromEntries(
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => [name, print(entry)]),
  );
}

const same = <T>(entry: T): T => entry;

const printedService = ({ name: _name, ...service }: Service) => service;

/** A config whose content is from a variable is printed with the variable's name. */
const printedConfig = (config: ConfigAttributes): ConfigAttributes =>
  config.environment ? { ...config, content: undefined } : config;

/** The project as one value, with its sections in Compose's order. */
export function printedProject(project: Project): Readonly<Record<string, unknown>> {
  return {
    name: project.name || undefined,
    services: objectOf(project.services, printedService) ?? {},
    networks: objectOf(project.networks, same),
    volumes: objectOf(project.volumes, same),
    secrets: objectOf(project.secrets, ({ value: _value, ...secret }) => withoutSecretValue(secret)),
    configs: objectOf(project.configs, printedConfig),
    models: project.attributes.models,
    ...project.extensions,
  };
}

function withoutSecretValue(secret: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(secret).filter(([name]) => name !== "x-#value"));
}

/** Empty values that JSON shows and YAML omits. */
const EMPTY_IN_YAML = new Set(["command", "entrypoint", "resources", "placement", "ipam", "exec"]);

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && !Array.isArray(value) && Object.values(value).every(isEmpty);
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, entry]) => entry !== undefined && !(EMPTY_IN_YAML.has(name) && isEmpty(entry)))
      .map(([name, entry]) => [name, withoutEmpty(entry)]),
  );
}

/** JSON omits models, as Compose's does. */
export function printProject(project: Project, format: PrintFormat): string {
  const printed = printedProject(project);
  if (format === "yaml") return yamlText(withoutEmpty(printed));
  const { models: _models, ...shown } = printed;
  const sorted = Object.entries(shown).sort(([a], [b]) => (a < b ? -1 : 1));
  return goJson(Object.fromEntries(sorted), 2);
}

/** The model without interpolation. */
export function printModel(model: Mapping, format: PrintFormat): string {
  const sorted = sortedKeys(model);
  return format === "yaml" ? yamlText(sorted) : goJson(sorted, 2);
}
