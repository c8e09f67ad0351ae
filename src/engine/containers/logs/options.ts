// The options of log drivers, which `--log-opt` gives.

/** Values by name; which names there are is the driver's to say. */
export type LogOptions = Readonly<Record<string, string>>;

/** The options of every driver that keeps a file, also of those that keep it beside what they send elsewhere. */
export const FILE_OPTIONS = ["max-size", "max-file", "compress"];
