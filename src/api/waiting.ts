// The conditions of `wait`; "healthy" is a Berth extension. Not in containers.ts, because the command line does not load
// the schemas there.

export const waitConditions = ["not-running", "next-exit", "removed", "healthy"] as const;
export type WaitCondition = (typeof waitConditions)[number];
