// What --filter of each command understands.
import { type FilterKey, filterKeys } from "../filter-keys.ts";
import type { Topic } from "./topic.ts";

const KEY_COLUMN = 14;

function section(command: string, keys: readonly FilterKey[]): string {
  const lines = keys.map(({ key, asks, values }) => {
    const choice = values ? ` (${values.join(", ")})` : "";
    return `  ${key.padEnd(KEY_COLUMN)} ${asks}${choice}\n`;
  });
  return `${command}:\n${lines.join("")}`;
}

export const filtersTopic: Topic = {
  name: "filters",
  summary: "What --filter of each command understands",
  text: (program) => {
    const sections = Object.entries(filterKeys).map(([command, keys]) =>
      section(command === "prune" ? "container, image, network and system prune" : command, keys),
    );
    return `${program} COMMAND --filter KEY=VALUE --filter KEY=VALUE ...

Of one key any value may fit, but every label has to; of several keys each has
to.

${sections.join("\n")}`;
  },
};
