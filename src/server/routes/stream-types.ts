// Content types of the streams of containers and execs.
import { MULTIPLEXED_STREAM, RAW_STREAM } from "../../api/streams.ts";
import type { ApiVersion } from "../exchange.ts";

/** Before API 1.42 every stream had the raw type, framed or not. */
export function streamContentType(framed: boolean, version: ApiVersion): string {
  return framed && version.minor >= 42 ? MULTIPLEXED_STREAM : RAW_STREAM;
}
