// The options of log drivers, which `--log-opt` gives.

/** Values by name. Each driver defines its names. */
export type LogOptions = Readonly<Record<string, string>>;

/** The options of every driver that keeps a file, including those that forward lines as well. */
export const FILE_OPTIONS = ["max-size", "max-file", "compress"];
