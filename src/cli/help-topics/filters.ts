// Filter keys of each command.
import { type FilterKey, filterKeys } from "../filter-keys.ts";
import type { Topic } from "./topic.ts";

const KEY_COLUMN = 14;
const INDENT = 3;
const MAX_LINE_LENGTH = 80;

/** Lines of at most `width` characters, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function section(command: string, keys: readonly FilterKey[]): string {
  const lines = keys.map(({ key, asks, values }) => {
    const choice = values ? `: ${values.join(", ")}` : "";
    const width = MAX_LINE_LENGTH - KEY_COLUMN - INDENT;
    const text = wrap(`${asks}${choice}`, width).join(`\n${" ".repeat(KEY_COLUMN + INDENT)}`);
    return `  ${key.padEnd(KEY_COLUMN)} ${text}\n`;
  });
  return `${command}:\n${lines.join("")}`;
}

export const filtersTopic: Topic = {
  name: "filters",
  summary: "Filter keys of each command",
  text: (program) => {
    const sections = Object.entries(filterKeys).map(([command, keys]) =>
      section(command === "prune" ? "container, image, network and system prune" : command, keys),
    );
    return `${program} COMMAND --filter KEY=VALUE --filter KEY=VALUE ...

Values of one key are combined with OR, except labels; different keys and
labels with AND.

${sections.join("\n")}`;
  },
};
