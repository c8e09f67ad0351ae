// The words before the cursor, and what they allow in the place of a flag, its value, or a command's name.
import { splitPair } from "../../api/pairs.ts";
import { type Flag, type Flags, isShown } from "../flags/flag.ts";
import type { ComposeNameKind, NameKind, PathKind } from "./kinds.ts";

export interface Candidate {
  text: string;
  /** Short description, or "". */
  description: string;
}

export type Expected =
  | { kind: "choices"; prefix: string; choices: readonly Candidate[] }
  /** Names from the live engine, or contexts, except those already on the line. */
  | { kind: "names"; prefix: string; of: NameKind; taken: readonly string[] }
  /** Names in the Compose files that the options of `compose` select. The suffix is part of each name. */
  | {
      kind: "composeNames";
      prefix: string;
      of: ComposeNameKind;
      taken: readonly string[];
      options: readonly string[];
      suffix: string;
    }
  | { kind: PathKind }
  | { kind: "nothing" };

export const NOTHING: Expected = { kind: "nothing" };

const plain = (text: string): Candidate => ({ text, description: "" });

/** The parsed words before the cursor. */
export interface Scan {
  positionals: string[];
  /** The flag that the next word is the value of. */
  pending: Flag<unknown> | undefined;
  /** Flags are no longer allowed. */
  closed: boolean;
  /** How many words were read; with `stops`, those before the first positional. */
  read: number;
}

function findLong(flags: Flags, name: string): Flag<unknown> | undefined {
  return flags[name] ?? Object.values(flags).find(({ otherNames }) => otherNames?.[name] !== undefined);
}

/** The flag in a group such as "-itv" that expects the next word as its value. */
function pendingShort(flags: Flags, letters: string): Flag<unknown> | undefined {
  for (const [index, letter] of [...letters].entries()) {
    const flag = Object.values(flags).find(({ short }) => short === letter);
    if (!flag) return undefined;
    if (flag.bare === undefined) return index === letters.length - 1 ? flag : undefined;
  }
  return undefined;
}

export function scan(flags: Flags, words: readonly string[], stops: boolean): Scan {
  const result: Scan = { positionals: [], pending: undefined, closed: false, read: 0 };
  for (const word of words) {
    if (stops && result.positionals.length > 0) {
      result.closed = true;
      return result;
    }
    result.read++;
    if (result.pending) result.pending = undefined;
    else if (result.closed || !word.startsWith("-") || word === "-") result.positionals.push(word);
    else if (word === "--") result.closed = true;
    else if (!word.startsWith("--")) result.pending = pendingShort(flags, word.slice(1));
    else if (!word.includes("=")) {
      const flag = findLong(flags, word.slice(2));
      if (flag && flag.bare === undefined) result.pending = flag;
    }
  }
  if (stops && result.positionals.length > 0) result.closed = true;
  return result;
}

function flagValue(flag: Flag<unknown>, prefix: string): Expected {
  const { complete, bare } = flag;
  if (bare !== undefined) return { kind: "choices", prefix, choices: ["true", "false"].map(plain) };
  if (complete === undefined) return NOTHING;
  // `-v` takes a volume's name or a path.
  if (complete === "volumes" && /^[./~]/.test(prefix)) return { kind: "files" };
  if (complete === "files" || complete === "directories") return { kind: complete };
  if (typeof complete === "string") return { kind: "names", prefix, of: complete, taken: [] };
  return { kind: "choices", prefix, choices: complete.map(plain) };
}

function flagNames(flags: Flags, prefix: string): Expected {
  const choices = Object.entries(flags)
    .filter(([, flag]) => isShown(flag))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { short, description: whole }]) => {
      const description = whole.split("\n", 1)[0]?.replace(/:$/, "") ?? "";
      return [`--${name}`, ...(short ? [`-${short}`] : [])].map((text) => ({ text, description }));
    });
  return { kind: "choices", prefix, choices };
}

/** Candidates when the cursor is on a flag; undefined when it is on a positional. */
export function inFlags(flags: Flags, { pending, closed }: Scan, word: string): Expected | undefined {
  if (pending) return flagValue(pending, word);
  if (closed || !word.startsWith("-")) return undefined;
  const [name, value] = splitPair(word);
  if (!word.startsWith("--") || value === undefined) return flagNames(flags, word);
  const flag = findLong(flags, name.slice(2));
  return flag ? flagValue(flag, value) : NOTHING;
}

interface Named {
  name: string;
  summary: string;
  hidden?: boolean | undefined;
}

export function commandNames(named: readonly Named[], prefix: string): Expected {
  const choices = named
    .filter(({ hidden }) => !hidden)
    .map(({ name, summary }) => ({ text: name, description: summary }))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
  return { kind: "choices", prefix, choices };
}
