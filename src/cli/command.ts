// What a command is: one declaration gives its arguments, its help, its completion and what it does.
import type { Completion } from "./completion/kinds.ts";
import type { Flags, FlagValues } from "./flags/flag.ts";
import type { Session } from "./session.ts";

/** How many positional arguments a command takes: undefined when `count` is right, else what it requires. */
export type Arity = (count: number) => string | undefined;

export interface Invocation<F extends Flags> {
  session: Session;
  /** The name it was called by: "image ls" or "images". */
  path: string;
  flags: FlagValues<F>;
  /** Names of the flags that were given. */
  given: ReadonlySet<string>;
  args: readonly string[];
}

export interface CommandDefinition<F extends Flags> {
  /** What follows the command's name; further lines follow the command's short name. */
  usage: string | readonly [string, string];
  /** Where the help says more than the summary in the table. */
  description?: string;
  /** The whole of its help, where it has commands of its own. */
  help?(program: string): string;
  /** Command lines without the program's name, each with what it does. */
  examples?: readonly (readonly [string, string])[];
  arity: Arity;
  flags: F;
  /** Everything after the first positional belongs to it. */
  stopAtPositional?: boolean;
  /** What completion offers for each positional; the last one goes on. */
  complete?: readonly Completion[];
  /** The oldest API version that has it. */
  since?: string;
  /** Answers with the exit code; none is 0. */
  run(invocation: Invocation<F>): Promise<number | undefined> | Promise<void>;
}

export type Command = CommandDefinition<Flags>;

/** Declares a command; its flags' types reach `run`. */
export function command<F extends Flags>(definition: CommandDefinition<F>): Command {
  return definition;
}

const plural = (count: number): string => (count === 1 ? "argument" : "arguments");

export const noArguments: Arity = (count) => (count === 0 ? undefined : "accepts no arguments");

export function exactly(wanted: number): Arity {
  return (count) => (count === wanted ? undefined : `requires ${wanted} ${plural(wanted)}`);
}

export function atLeast(least: number): Arity {
  return (count) => (count >= least ? undefined : `requires at least ${least} ${plural(least)}`);
}

export function atMost(most: number): Arity {
  return (count) => (count <= most ? undefined : `requires at most ${most} ${plural(most)}`);
}

export function between(least: number, most: number): Arity {
  return (count) =>
    count >= least && count <= most ? undefined : `requires at least ${least} and at most ${most} ${plural(most)}`;
}
