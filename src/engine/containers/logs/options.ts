// The options of log drivers, which `--log-opt` gives.

/** Values by name; which names there are is the driver's to say. */
export type LogOptions = Readonly<Record<string, string>>;
