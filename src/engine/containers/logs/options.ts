// Log driver options (`--log-opt`).

/** Values by name. Each driver defines its names. */
export type LogOptions = Readonly<Record<string, string>>;

/** The options of every driver with local storage, including forwarding ones. */
export const FILE_OPTIONS = ["max-size", "max-file", "compress"];
