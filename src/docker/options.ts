// Converts options listed in api/container-options.ts between Docker's field names and the configuration's: the names
// differ, the values do not.
import type * as v from "valibot";
import { fieldName, type OptionTable } from "../api/container-options.ts";
import type { FieldsOf } from "../api/option-schemas.ts";
import type { OptionValues } from "../engine/containers/configuration/option-fields.ts";

type DockerFields<T extends OptionTable> = { [Field in keyof T]?: v.InferOutput<FieldsOf<T>[Field]> };

/** Absent fields stay absent. */
export function fromDockerFields<T extends OptionTable>(table: T, fields: DockerFields<T>): OptionValues<T>;
export function fromDockerFields(table: OptionTable, fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.keys(table)
      .filter((field) => fields[field] !== undefined)
      .map((field) => [fieldName(field), renamed(fields[field], fieldName)]),
  );
}

/** The inverse of {@link fromDockerFields}. */
export function toDockerFields<T extends OptionTable>(table: T, fields: OptionValues<T>): DockerFields<T>;
export function toDockerFields(table: OptionTable, fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.keys(table)
      .filter((field) => fields[fieldName(field)] !== undefined)
      .map((field) => [field, renamed(fields[fieldName(field)], dockerName)]),
  );
}

const dockerName = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** Also converts objects in lists. The keys of maps are the user's. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((entry: unknown) =>
    typeof entry === "object" && entry !== null
      ? Object.fromEntries(Object.entries(entry).map(([name, content]) => [rename(name), content]))
      : entry,
  );
}

/** Without undefined fields, which would override others in a spread. */
export function withoutUndefined<T extends object>(value: T): T {
  const copy = { ...value };
  for (const name in copy) if (copy[name] === undefined) delete copy[name];
  return copy;
}
