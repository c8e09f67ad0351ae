// `berth help`, `berth --help` and the help of a group of commands.
import { commandsOf, type Lookup, lookUp, topLevelCommands } from "./commands/lookup.ts";
import type { Group } from "./commands/row.ts";
import { commonCommands, engineCommands, groups } from "./commands/table.ts";
import { CommandError } from "./failure.ts";
import { globalFlags } from "./globals.ts";
import { commandHelp, groupHelp, programHelp } from "./help.ts";
import { topicPage } from "./help-topics/table.ts";
import { Output } from "./output/output.ts";

export function topLevelHelp(program: string): string {
  const commands = topLevelCommands().filter(({ hidden }) => !hidden);
  const common = commonCommands.flatMap((wanted) => commands.filter(({ name }) => name === wanted));
  const others = commands.filter((command) => !common.includes(command));
  const shownGroups = groups.filter(({ hidden }) => !hidden);
  return programHelp(program, { common, groups: shownGroups, engine: engineCommands, others }, globalFlags(program));
}

function helpOfGroup(program: string, group: Group): string {
  return groupHelp(
    program,
    group,
    commandsOf(group).filter(({ hidden }) => !hidden),
  );
}

async function helpOf(program: string, lookup: Exclude<Lookup, { kind: "unknown" }>): Promise<string> {
  if (lookup.kind === "group") return helpOfGroup(program, lookup.group);
  return commandHelp(program, lookup.path, lookup.row, await lookup.row.load());
}

/** The remaining words after the command or group at their start. */
function unknownPart(words: readonly string[], lookup: Lookup): readonly string[] {
  if (lookup.kind !== "unknown") return lookup.rest;
  return lookup.group ? words.slice(1) : words;
}

/** The help for `words`, or for the program. `strict` rejects unknown names. */
export async function showHelp(program: string, words: readonly string[], strict: boolean): Promise<number> {
  const stdout = new Output(1);
  if (words.length === 0) {
    await stdout.write(topLevelHelp(program));
    return 0;
  }
  const [topic = ""] = words;
  const page = strict && words.length === 1 ? topicPage(program, topic) : undefined;
  if (page !== undefined) {
    await stdout.write(page);
    return 0;
  }
  const lookup = lookUp(words);
  const extra = lookup.kind === "command" && lookup.rest.length > 0;
  if (lookup.kind === "unknown" || (strict && extra)) {
    if (strict) throw new CommandError(`unknown help topic: ${unknownPart(words, lookup).join(" ")}`);
    await stdout.write(topLevelHelp(program));
    return 0;
  }
  await stdout.write(await helpOf(program, lookup));
  return 0;
}

/** A group without a command: prints its help, to standard error unless --help was given. */
export async function showGroup(program: string, group: Group, rest: readonly string[]): Promise<number> {
  const [first] = rest;
  if (first === undefined) {
    await new Output(2).write(helpOfGroup(program, group));
    return 0;
  }
  if (first === "--help" || first === "-h") {
    await new Output(1).write(helpOfGroup(program, group));
    return 0;
  }
  const name = first.replace(/=.*/, "");
  const problem = name.startsWith("--")
    ? `unknown flag: ${name}`
    : `unknown shorthand flag: '${name.charAt(1)}' in ${name}`;
  const usage = `Usage:  ${program} ${group.name}${group.usage ?? ""}`;
  throw new CommandError(`${problem}\n\n${usage}\n\nRun '${program} ${group.name} --help' for more information`, 125);
}
