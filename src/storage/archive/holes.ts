// Finds the data segments of a sparse file.
import { seekData, seekHole } from "../../linux/files.ts";
import type { Segment } from "./header.ts";

/** Total hole size below which a file is stored whole. */
const MIN_HOLES = 1024 * 1024;
const STAT_BLOCK = 512;

/** The data segments of an open file of `size` bytes; undefined when it is better stored whole. */
export function segmentsOf(descriptor: number, size: number, blocks: number): Segment[] | undefined {
  if (size - blocks * STAT_BLOCK < MIN_HOLES) return undefined;
  const segments: Segment[] = [];
  for (let position = 0; position < size; ) {
    const start = seekData(descriptor, position);
    if (start === undefined || start >= size) break;
    const end = Math.min(seekHole(descriptor, start), size);
    segments.push({ offset: start, length: end - start });
    position = end;
  }
  // Readers that ignore the real size record take the file's length from the end of the map.
  if (segments.at(-1) === undefined || (segments.at(-1)?.offset ?? 0) + (segments.at(-1)?.length ?? 0) < size) {
    segments.push({ offset: size, length: 0 });
  }
  return segments;
}
