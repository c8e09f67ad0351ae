// The conditions of `wait`, and of runs in one request. "healthy" is a Berth extension.

export const waitConditions = ["not-running", "next-exit", "removed", "healthy"] as const;
export type WaitCondition = (typeof waitConditions)[number];

/** What the last report of a run (runs.ts) waits for: only the start, the end, or the removal that follows it. */
export const runConditions = ["started", "next-exit", "removed"] as const;
export type RunCondition = (typeof runConditions)[number];
