// Times as protobuf's Timestamp.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TimestampSchema } from "@bufbuild/protobuf/wkt";

/** @param moment milliseconds since 1970, with fractions */
export function timestampOf(moment: number): MessageInitShape<typeof TimestampSchema> {
  const seconds = Math.floor(moment / 1000);
  return { seconds: BigInt(seconds), nanos: Math.floor((moment - seconds * 1000) * 1_000_000) };
}
