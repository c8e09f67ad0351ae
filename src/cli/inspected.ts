// A result of `inspect`: one object as the engine sent it.

export type ObjectKind = "container" | "image" | "network" | "volume" | "context";

/** The engine's JSON. */
export interface Inspected {
  json: string;
  kind: ObjectKind;
}
