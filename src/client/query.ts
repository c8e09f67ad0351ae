// Query strings as the Docker Engine API reads them.

/** Filters by key; values of one key are alternatives. */
export type Filters = Readonly<Record<string, readonly string[]>>;

export type QueryValue = string | number | boolean | readonly string[] | Filters | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** The JSON of a `filters` parameter: {"status":{"exited":true}}. */
function encodeFilters(filters: Filters): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(filters).map(([key, values]) => [key, Object.fromEntries(values.map((value) => [value, true]))]),
    ),
  );
}

function isList(value: QueryValue): value is readonly string[] {
  return Array.isArray(value);
}

/** "?a=1&b=2", or "" if nothing is set. Omits undefined, false and empty filters. */
export function encodeQuery(query: Query): string {
  const parts: string[] = [];
  const add = (key: string, value: string) => parts.push(`${key}=${encodeURIComponent(value)}`);
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue;
    if (value === true) add(key, "1");
    else if (isList(value)) for (const item of value) add(key, item);
    else if (typeof value === "object") {
      if (Object.keys(value).length > 0) add(key, encodeFilters(value));
    } else add(key, String(value));
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
