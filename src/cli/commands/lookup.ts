// Finds the command for a list of arguments.
import { closest } from "../suggest.ts";
import type { CommandRow, Group } from "./row.ts";
import { engineCommands, groups, rows } from "./table.ts";

export type Lookup =
  /** `path` is the name to show: the full path or the short form, whichever was used. */
  | { kind: "command"; row: CommandRow; path: string; rest: readonly string[] }
  | { kind: "group"; group: Group; rest: readonly string[] }
  | { kind: "unknown"; path: string; group: Group | undefined; suggestion: string | undefined };

function findRow(path: string): { row: CommandRow; path: string } | undefined {
  for (const row of rows) {
    if (row.path === path || row.aliases?.includes(path)) return { row, path: row.path };
    if (row.shortForm === path) return { row, path };
  }
  return undefined;
}

/** The names of a group's commands, without the group's name. */
export function commandsOf(group: Group): { name: string; summary: string; hidden: boolean }[] {
  const prefix = `${group.name} `;
  return rows
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path, summary, hidden = false }) => ({ name: path.slice(prefix.length), summary, hidden }));
}

/** The top-level commands: those without a group and the short forms of the others. */
export function topLevelCommands(): { name: string; summary: string; hidden: boolean }[] {
  return rows
    .flatMap(({ path, shortForm, summary, hidden = false }) => {
      const name = shortForm ?? (path.includes(" ") ? undefined : path);
      return name === undefined ? [] : [{ name, summary, hidden }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All valid names within the group, or at the top level. */
function namesIn(group: Group | undefined): string[] {
  if (!group) return [...[...topLevelCommands(), ...groups, ...engineCommands].map(({ name }) => name), "help"];
  const prefix = `${group.name} `;
  return rows.flatMap(({ path, aliases = [] }) =>
    [path, ...aliases].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
  );
}

/** `words` are the arguments after the global options; the first one is not an option. */
export function lookUp(words: readonly string[]): Lookup {
  const [first = "", second, ...rest] = words;
  const group = groups.find(({ name }) => name === first);
  if (!group) {
    const found = findRow(first);
    if (found && !found.path.includes(" ")) return { kind: "command", ...found, rest: words.slice(1) };
    return { kind: "unknown", path: first, group, suggestion: closest(first, namesIn(undefined)) };
  }
  if (second === undefined || second.startsWith("-")) return { kind: "group", group, rest: words.slice(1) };
  const found = findRow(`${first} ${second}`);
  if (found) return { kind: "command", ...found, rest };
  return { kind: "unknown", path: `${first} ${second}`, group, suggestion: closest(second, namesIn(group)) };
}
