// Command declaration: arguments, help, completion and implementation in one place.
import type { Completion } from "./completion/kinds.ts";
import type { Flags, FlagValues } from "./flags/flag.ts";
import type { Session } from "./session.ts";

/** Checks the number of positional arguments: undefined when `count` is valid, else the requirement to print. */
export type Arity = (count: number) => string | undefined;

export interface Invocation<F extends Flags> {
  session: Session;
  /** The name the command was called by: "image ls" or "images". */
  path: string;
  flags: FlagValues<F>;
  /** Names of the flags that were given. */
  given: ReadonlySet<string>;
  args: readonly string[];
}

export interface CommandDefinition<F extends Flags> {
  /** Usage text after the command's name; further lines follow the command's short name. */
  usage: string | readonly [string, string];
  /** Long description, when the help says more than the summary in the table. */
  description?: string;
  /** Complete help text of a command that has its own subcommands. */
  help?(program: string): string;
  /** Example command lines without the program's name, each with a description. */
  examples?: readonly (readonly [string, string])[];
  arity: Arity;
  flags: F;
  /** Stops flag parsing at the first positional; the rest is passed on. */
  stopAtPositional?: boolean;
  /** Completion candidates per positional; the last entry applies to all further ones. */
  complete?: readonly Completion[];
  /** The oldest API version that supports the command. */
  since?: string;
  /** Returns the exit code; undefined means 0. */
  run(invocation: Invocation<F>): Promise<number | undefined> | Promise<void>;
}

export type Command = CommandDefinition<Flags>;

/** Declares a command; its flags' types reach `run`. */
export function command<F extends Flags>(definition: CommandDefinition<F>): Command {
  return definition;
}

const plural = (count: number): string => (count === 1 ? "argument" : "arguments");

export const noArguments: Arity = (count) => (count === 0 ? undefined : "accepts no arguments");

export function exactly(required: number): Arity {
  return (count) => (count === required ? undefined : `requires ${required} ${plural(required)}`);
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
