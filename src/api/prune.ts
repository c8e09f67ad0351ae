// Berth's addition to every prune: `dryRun=1` answers with a plan and removes nothing, `plan=<ID>` carries that plan out,
// passing over whatever has changed since.

export interface PrunePlanItem {
  ID: string;
  /** What people know it by; "" when it has no name. */
  Name: string;
  /** Bytes that removing it frees. */
  Size: number;
}

export interface PrunePlan {
  /** What `plan` takes; forgotten after an hour or when the engine restarts. */
  ID: string;
  Items: PrunePlanItem[];
}
