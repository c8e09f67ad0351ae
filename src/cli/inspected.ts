// What `inspect` finds: one object of a kind, as the engine tells it.

export type ObjectKind = "container" | "image" | "network" | "volume" | "context";

/** The engine's own JSON of it. */
export interface Inspected {
  json: string;
  kind: ObjectKind;
}
