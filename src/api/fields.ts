// Optional fields of requests.
import * as v from "valibot";

export const text = v.optional(v.string());
export const flag = v.optional(v.boolean());
/**
 * The largest number that clients written in Go read back: the one below 2^63, which JavaScript makes of the largest 64-bit
 * integer.
 */
const MAX_INTEGER = 2 ** 63 - 1024;

export const integer = v.optional(v.pipe(v.number(), v.integer(), v.toMaxValue(MAX_INTEGER)));
export const texts = v.optional(v.array(v.string()));
export const labels = v.optional(v.record(v.string(), v.string()));

/** A list of words; a string is a list of one, as in Docker. */
export const words = v.optional(
  v.union([
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform((word) => [word]),
    ),
  ]),
);
