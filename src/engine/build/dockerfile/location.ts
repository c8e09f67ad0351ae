// Locations in a Dockerfile.
import type { SourceLocation, SourcePosition } from "../events.ts";

/** With a range for each line, as in BuildKit. */
export function locationIn(
  { filename, content }: Pick<SourceLocation, "filename" | "content">,
  line: number,
  endLine: number,
): SourceLocation {
  return { filename, content, ranges: linesOf(line, endLine).map((each) => ({ start: each, end: each })) };
}

export const linesOf = (line: number, endLine: number): SourcePosition[] =>
  Array.from({ length: Math.max(endLine - line, 0) + 1 }, (_, index) => ({ line: line + index, character: 0 }));
