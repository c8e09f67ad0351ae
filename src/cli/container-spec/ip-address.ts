// Whether a text is an IP address. node:net takes milliseconds to load, which a command line without addresses saves.

/** 4, 6, or 0 for what is none. */
export const isIP = (text: string): number => process.getBuiltinModule("node:net").isIP(text);
