// Types of completion candidates besides names of commands and flags.

/** Paths, completed by the shell. */
export type PathKind = "files" | "directories";

/** Names of the engine's objects, or of the contexts stored here. */
export type NameKind =
  | "containers"
  | "runningContainers"
  | "stoppedContainers"
  | "images"
  | "networks"
  | "volumes"
  | "contexts"
  | "composeProjects";

/** Names in Compose files. */
export type ComposeNameKind = "services" | "profiles";

export type Completion = NameKind | PathKind;
