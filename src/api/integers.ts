// Go's integers as JavaScript has them.

/**
 * The largest number that clients written in Go read back: the one below 2^63, which JavaScript makes of the largest 64-bit
 * integer.
 */
export const MAX_INT64 = 2 ** 63 - 1024;
