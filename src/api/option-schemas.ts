// The fields that tables of options give a request, by the kinds of the options.
import * as v from "valibot";
import type { OptionKind, OptionTable } from "./container-options.ts";
import { flag, int64, integer, labels, text, texts, uint16, uint64 } from "./fields.ts";

export const ulimitSchema = v.object({ Name: v.string(), Soft: int64, Hard: int64 });
export type Ulimit = v.InferOutput<typeof ulimitSchema>;

const deviceRates = v.optional(v.array(v.object({ Path: v.string(), Rate: uint64 })));

const schemaOfKind = {
  text,
  toggle: flag,
  integer,
  bytes: integer,
  cpus: integer,
  texts,
  map: labels,
  ulimits: v.optional(v.array(ulimitSchema)),
  "device-weights": v.optional(v.array(v.object({ Path: v.string(), Weight: uint16 }))),
  "byte-rates": deviceRates,
  "operation-rates": deviceRates,
} as const satisfies Record<OptionKind, v.GenericSchema>;

export type FieldsOf<T extends OptionTable> = { readonly [Field in keyof T]: (typeof schemaOfKind)[T[Field]["kind"]] };

/** Entries for `v.object`. */
export function fieldSchemas<T extends OptionTable>(table: T): FieldsOf<T>;
export function fieldSchemas(table: OptionTable): object {
  return Object.fromEntries(
    Object.entries(table).map(([field, { kind, width }]) => [
      field,
      width === "uint16" ? v.optional(uint16) : schemaOfKind[kind],
    ]),
  );
}
