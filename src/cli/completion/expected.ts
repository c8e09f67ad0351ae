// Computes the possible completions at the cursor from the words before it and the command declarations.
import type { Command } from "../command.ts";
import { commandsOf, lookUp, topLevelCommands } from "../commands/lookup.ts";
import { engineCommands, groups } from "../commands/table.ts";
import { globalFlags } from "../globals.ts";
import { topics } from "../help-topics/table.ts";
import { commandNames, type Expected, inFlags, NOTHING, scan } from "./line.ts";

/** More positionals than any command's limit. */
const MANY_ARGUMENTS = 8;

/** Whether the command accepts a positional at this index. */
function takes(command: Command, index: number): boolean {
  return Array.from({ length: MANY_ARGUMENTS }, (_, more) => index + 1 + more).some(
    (count) => command.arity(count) === undefined,
  );
}

function positional(command: Command, positionals: readonly string[], prefix: string): Expected {
  const { complete = [], stopAtPositional = false } = command;
  const index = positionals.length;
  const of = complete[index] ?? (stopAtPositional ? undefined : complete.at(-1));
  if (of === undefined || !takes(command, index)) return NOTHING;
  if (of === "files" || of === "directories") return { kind: of };
  return { kind: "names", prefix, of, taken: positionals };
}

function inCommand(command: Command, words: readonly string[], current: string): Expected {
  const found = scan(command.flags, words, command.stopAtPositional ?? false);
  const { positionals } = found;
  if (found.read < words.length) return NOTHING;
  return inFlags(command.flags, found, current) ?? positional(command, positionals, current);
}

/** `words` are those after the program's name; the last one is at the cursor and may be "". */
export async function expectedAt(program: string, line: readonly string[]): Promise<Expected> {
  const words = line.slice(0, -1);
  const current = line.at(-1) ?? "";
  const flags = globalFlags(program);
  const before = scan(flags, words, true);
  const path = [...before.positionals, ...words.slice(before.read)];
  const flag = path.length === 0 ? inFlags(flags, before, current) : undefined;
  if (flag) return flag;
  const isHelp = path[0] === "help";
  const named = isHelp ? path.slice(1) : path;
  if (named.length === 0) {
    return commandNames([...topLevelCommands(), ...groups, ...(isHelp ? topics : engineCommands)], current);
  }
  const lookup = lookUp(named);
  if (lookup.kind === "group")
    return lookup.rest.length === 0 ? commandNames(commandsOf(lookup.group), current) : NOTHING;
  if (lookup.kind === "unknown" || isHelp) return NOTHING;
  if (lookup.row.path === "compose") {
    const { expectedInCompose } = await import("./compose.ts");
    return expectedInCompose(lookup.rest, current);
  }
  return inCommand(await lookup.row.load(), lookup.rest, current);
}
