// Optional fields of requests.
import * as v from "valibot";
import { MAX_INT64 } from "./integers.ts";

export const text = v.optional(v.string());
export const flag = v.optional(v.boolean());
const MAX_UINT64 = 2 ** 64 - 2048;

/** Go's integer types. A number that does not fit is refused: a Go client could not read the object that has it. */
export const int64 = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(-(2 ** 63)),
  v.maxValue(2 ** 63),
  v.toMinValue(-MAX_INT64),
  v.toMaxValue(MAX_INT64),
);
export const uint64 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 64), v.toMaxValue(MAX_UINT64));
export const uint16 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 16 - 1));

export const integer = v.optional(int64);
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
