// Type guards for parsed JSON.

/** Whether a value is an object with string keys rather than a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
