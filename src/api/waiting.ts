// What a client can wait for a container to be or do; "healthy" is Berth's addition. Apart from the schemas of
// containers, which the command line does not load.

export const waitConditions = ["not-running", "next-exit", "removed", "healthy"] as const;
export type WaitCondition = (typeof waitConditions)[number];
