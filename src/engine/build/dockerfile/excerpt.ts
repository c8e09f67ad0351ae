// An excerpt of a file around a location, as BuildKit's displays print it.
// Source: moby/buildkit, solver/errdefs/source.go (Source.Print).
import type { SourceLocation } from "../events.ts";

const RULE = "--------------------";
const PADDING = 2;
const PADDING_OF_ONE_LINE = 4;
const NUMBER_WIDTH = 4;

export function excerpt({ filename, content, ranges }: SourceLocation): string {
  const lines = content.split("\n");
  const first = Math.min(...ranges.map(({ start }) => start.line));
  const last = Math.min(Math.max(...ranges.map(({ end }) => end.line)), lines.length);
  if (ranges.length === 0 || first < 1 || first > lines.length) return "";
  let [from, to] = [first, last];
  const padding = first === last ? PADDING_OF_ONE_LINE : PADDING;
  for (let added = 0; added < padding; added++) {
    if (from > 1) {
      from -= 1;
      added += 1;
    }
    if (to !== lines.length) {
      to += 1;
      added += 1;
    }
  }
  const shown = lines.slice(from - 1, to).map((text, index) => {
    const number = from + index;
    const isMeant = ranges.some(({ start, end }) => number >= start.line && number <= end.line);
    return `${String(number).padStart(NUMBER_WIDTH)} | ${isMeant ? ">>>" : "   "} ${text}`;
  });
  return [`${filename}:${first}`, RULE, ...shown, RULE, ""].join("\n");
}
