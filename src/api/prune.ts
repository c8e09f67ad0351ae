// Berth extension of every prune: `dryRun=1` answers with a plan and removes nothing, `plan=<ID>` carries that plan out,
// skipping what has changed since.

export interface PrunePlanItem {
  ID: string;
  /** Its name for people; "" if it has none. */
  Name: string;
  /** Bytes that removing it frees. */
  Size: number;
}

export interface PrunePlan {
  /** The value of `plan`; valid for an hour and until the engine restarts. */
  ID: string;
  Items: PrunePlanItem[];
}
