// Help texts in Docker's layout: usage, description, aliases, options, footer.
import { windowSize } from "../linux/terminal.ts";
import type { Command } from "./command.ts";
import type { CommandRow, Group } from "./commands/row.ts";
import { type Flag, type Flags, isShown } from "./flags/flag.ts";
import { toggle } from "./flags/kinds.ts";

const DEFAULT_COLUMNS = 80;
const NARROWEST_TEXT = 24;
const INDENT_OF_A_BLOCK = 16;
/** How far a line may exceed the width to avoid a single short word on the next line. */
const SLACK = 5;

/** Docker uses the width of the terminal on standard input. */
function columns(): number {
  return windowSize(0)?.columns || DEFAULT_COLUMNS;
}

/** Splits off a first line of at most `width` characters. */
function takeLine(text: string, width: number): [string, string] {
  if (width + SLACK > text.length) return [text, ""];
  const head = text.slice(0, width);
  const space = Math.max(head.lastIndexOf(" "), head.lastIndexOf("\t"), head.lastIndexOf("\n"));
  if (space <= 0) return [text, ""];
  const lineEnd = head.lastIndexOf("\n");
  const end = lineEnd > 0 && lineEnd < space ? lineEnd : space;
  return [text.slice(0, end), text.slice(end + 1)];
}

/** Wraps a text that starts at column `indent`; when too narrow, it starts on the next line. */
function wrap(text: string, indent: number, width: number): string {
  const cramped = width - indent < NARROWEST_TEXT;
  const margin = cramped ? INDENT_OF_A_BLOCK : indent;
  const newline = `\n${" ".repeat(margin)}`;
  const room = width - margin;
  if (room < NARROWEST_TEXT) return text.replaceAll("\n", newline);
  const lines: string[] = [];
  let rest = text;
  do {
    const [line, remainder] = takeLine(rest, room - SLACK);
    lines.push(line.replaceAll("\n", newline));
    rest = remainder;
  } while (rest !== "");
  return (cramped ? newline : "") + lines.join(newline);
}

function flagHead(name: string, flag: Flag<unknown>): string {
  const head = flag.short ? `  -${flag.short}, --${name}` : `      --${name}`;
  return flag.type === "" ? head : `${head} ${flag.type}`;
}

/** The lines of "Options:" in two columns. */
export function flagLines(flags: Flags, width = columns() - 1): string {
  const shown = Object.entries(flags)
    .filter(([, flag]) => isShown(flag))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]): [string, string] => {
      const standard = flag.shownDefault === undefined ? "" : ` (default ${flag.shownDefault})`;
      return [flagHead(name, flag), flag.description + standard];
    });
  const widest = Math.max(0, ...shown.map(([head]) => head.length));
  return shown.map(([head, text]) => `${head.padEnd(widest)}   ${wrap(text, widest + 3, width)}\n`).join("");
}

const NAME_COLUMN = 11;

function commandLines(rows: readonly { name: string; summary: string }[]): string {
  return rows.map(({ name, summary }) => `  ${name.padEnd(NAME_COLUMN)} ${summary}\n`).join("");
}

/** "Usage:  berth stop [OPTIONS] CONTAINER [CONTAINER...]" */
export function usageLine(program: string, path: string, row: CommandRow, command: Command): string {
  const [first, ...further] = typeof command.usage === "string" ? [command.usage] : command.usage;
  const lines = [`Usage:  ${program} ${path}${first === "" ? "" : ` ${first}`}`];
  for (const line of further) lines.push(`\t${program} ${row.shortForm ?? row.path} ${line}`);
  return lines.join("\n");
}

export function commandHelp(program: string, path: string, row: CommandRow, command: Command): string {
  if (command.help) return command.help(program);
  const sections = [usageLine(program, path, row, command), command.description ?? row.summary];
  const names = row.names ?? [row.path, ...(row.aliases ?? []), ...(row.shortForm ? [row.shortForm] : [])];
  if (names.length > 1) sections.push(`Aliases:\n  ${names.map((name) => `${program} ${name}`).join(", ")}`);
  if (command.examples) {
    const examples = command.examples.map(([line, what]) => `  # ${what}\n  ${program} ${line}`);
    sections.push(`Examples:\n${examples.join("\n\n")}`);
  }
  // When -h is another flag, the usage mentions --help.
  const hasOwnH = Object.values(command.flags).some(({ short }) => short === "h");
  const options = flagLines(hasOwnH ? { ...command.flags, help: toggle("Print usage") } : command.flags);
  if (options !== "") sections.push(`Options:\n${options.trimEnd()}`);
  return `${sections.join("\n\n")}\n`;
}

export function groupHelp(program: string, group: Group, rows: readonly { name: string; summary: string }[]): string {
  return `Usage:  ${program} ${group.name} COMMAND

${group.description ?? group.summary}

Commands:
${commandLines(rows)}
Run '${program} ${group.name} COMMAND --help' for more information on a command.
`;
}

export interface TopLevel {
  common: readonly { name: string; summary: string }[];
  groups: readonly { name: string; summary: string }[];
  engine: readonly { name: string; summary: string }[];
  others: readonly { name: string; summary: string }[];
}

export function programHelp(program: string, commands: TopLevel, globalFlags: Flags): string {
  return `Usage:  ${program} [OPTIONS] COMMAND

A self-sufficient runtime for containers

Common Commands:
${commandLines(commands.common)}
Management Commands:
${commandLines(commands.groups)}
Engine Commands:
${commandLines(commands.engine)}
Commands:
${commandLines(commands.others)}
Global Options:
${flagLines(globalFlags)}
Run '${program} COMMAND --help' for more information on a command.

For more help on how to use ${program === "docker" ? "Docker" : "Berth"}, type '${program} help TOPIC'; the topics are in '${program} help topics'.
`;
}
