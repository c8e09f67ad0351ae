// A subcommand of `compose`: like any other command, with access to the project options.
import type { Arity, Command } from "../../command.ts";
import type { Flags, FlagValues } from "../../flags/flag.ts";
import type { ComposeSession } from "./session.ts";

export interface ComposeInvocation<F extends Flags> {
  compose: ComposeSession;
  flags: FlagValues<F>;
  given: ReadonlySet<string>;
  args: readonly string[];
}

export interface ComposeDefinition<F extends Flags> {
  usage: string;
  description?: string;
  arity: Arity;
  flags: F;
  /** Everything after the first positional argument belongs to it. */
  stopAtPositional?: boolean;
  /** Returns the exit code; undefined is 0. */
  run(invocation: ComposeInvocation<F>): Promise<number | undefined> | Promise<void>;
}

export type ComposeCommand = Omit<Command, "run"> & Pick<ComposeDefinition<Flags>, "run">;

/** Declares a subcommand of `compose`; `run` gets its flags typed. */
export function composeCommand<F extends Flags>(definition: ComposeDefinition<F>): ComposeCommand {
  return definition;
}
