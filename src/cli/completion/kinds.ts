// What completion can offer besides the names of commands and flags.

/** Paths, which the shell knows by itself. */
export type PathKind = "files" | "directories";

/** Names that the engine knows now, or the contexts that are stored here. */
export type NameKind =
  | "containers"
  | "runningContainers"
  | "stoppedContainers"
  | "images"
  | "networks"
  | "volumes"
  | "contexts";

export type Completion = NameKind | PathKind;
