// Parsed JSON, looked at step by step.

/** Whether a value is an object with string keys, and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
