// The `filters` parameter of lists, prunes and events on the wire.
import { BerthError, messageOf } from "./errors.ts";

/** Filter values by key, as a client gave them. */
export type FilterFields = ReadonlyMap<string, readonly string[]>;

/**
 * Reads `{"key":["value"]}` or its older form `{"key":{"value":true}}`; null and "" are no filters.
 * @throws BerthError invalidParameter
 */
export function parseFilters(text: string | null): FilterFields {
  if (text === null || text === "") return new Map();
  return new Map(Object.entries(parseObject(text)).map(([key, values]) => [key, valuesOf(values)]));
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new BerthError("invalidParameter", `invalid filters: ${messageOf(thrown)}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new BerthError("invalidParameter", "invalid filters: not a JSON object");
}

function valuesOf(values: unknown): string[] {
  if (Array.isArray(values) && values.every((value) => typeof value === "string")) return values;
  if (typeof values === "object" && values !== null && !Array.isArray(values)) {
    return Object.entries(values).flatMap(([value, wanted]) => (wanted === true ? [value] : []));
  }
  throw new BerthError("invalidParameter", "invalid filters: values must be lists of strings");
}
