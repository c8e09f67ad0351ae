// The fields that the tables of options give a configuration: named as the API's, with a small first letter.
import * as v from "valibot";
import { fieldName, type OptionKind, type OptionTable } from "../../../api/container-options.ts";

/** -1 is unlimited. */
export const ulimitSchema = v.object({ name: v.string(), soft: v.number(), hard: v.number() });
export type Ulimit = v.InferOutput<typeof ulimitSchema>;

const deviceRates = v.array(v.object({ path: v.string(), rate: v.number() }));

const schemaOfKind = {
  text: v.string(),
  toggle: v.boolean(),
  integer: v.number(),
  bytes: v.number(),
  cpus: v.number(),
  texts: v.array(v.string()),
  map: v.record(v.string(), v.string()),
  ulimits: v.array(ulimitSchema),
  "device-weights": v.array(v.object({ path: v.string(), weight: v.number() })),
  "byte-rates": deviceRates,
  "operation-rates": deviceRates,
} as const satisfies Record<OptionKind, v.GenericSchema>;

type SchemaOfKind<K extends OptionKind> = v.OptionalSchema<(typeof schemaOfKind)[K], undefined>;

/** The values of a table's options. */
export type OptionValues<T extends OptionTable> = {
  [Field in keyof T & string as Uncapitalize<Field>]?: v.InferOutput<(typeof schemaOfKind)[T[Field]["kind"]]>;
};

export type OptionFields<T extends OptionTable> = {
  readonly [Field in keyof T & string as Uncapitalize<Field>]: SchemaOfKind<T[Field]["kind"]>;
};

/** Entries for `v.object`. */
export function optionFields<T extends OptionTable>(table: T): OptionFields<T>;
export function optionFields(table: OptionTable): object {
  return Object.fromEntries(
    Object.entries(table).map(([field, { kind }]) => [fieldName(field), v.optional(schemaOfKind[kind])]),
  );
}
