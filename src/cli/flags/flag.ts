// What a flag is: one declaration serves the parser, the help text, the man pages and completion.
import type { Completion } from "../completion/kinds.ts";

/** A flag's value cannot be read; the message is Docker's, without the flag's name. */
export class FlagValueError extends Error {}

export interface Flag<T> {
  /** The word for its value in the help; "" for a flag that takes none. */
  readonly type: string;
  readonly description: string;
  /** One letter. */
  readonly short?: string | undefined;
  /** The value when it is not given. */
  readonly initial: T;
  /** What the help shows as "(default …)". */
  readonly shownDefault?: string | undefined;
  /** The value of the flag without one; a flag that has this never takes the next argument. */
  readonly bare?: string | undefined;
  /** Not in the help. */
  readonly hidden?: boolean | undefined;
  /** Further long names that the help does not show; the text says what to use instead, "" says nothing. */
  readonly otherNames?: Readonly<Record<string, string>> | undefined;
  /** The oldest API version that knows it. */
  readonly since?: string | undefined;
  /** The only kind of engine that knows it. */
  readonly os?: string | undefined;
  /** Only Berth's engine knows it: another one would pass over it in silence. */
  readonly addition?: boolean | undefined;
  /** What completion offers for its value. */
  readonly complete?: Completion | readonly string[] | undefined;
  /** @throws FlagValueError */
  read(text: string, previous: T): T;
}

/** Whether help and completion offer it: not what is hidden, nor what only other kinds of engines know. */
export function isShown({ hidden, os }: Flag<unknown>): boolean {
  return !hidden && (os === undefined || os === "linux");
}

/** Whether it is refused by engines that do not know it. */
export function isForSomeEngines({ since, os, addition }: Flag<unknown>): boolean {
  return since !== undefined || os !== undefined || addition === true;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type FlagValue<F> = F extends Flag<infer T> ? T : never;
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** What every kind of flag can be given beyond its description. */
export interface FlagOptions {
  short?: string;
  hidden?: boolean;
  otherNames?: Readonly<Record<string, string>>;
  since?: string;
  os?: string;
  addition?: boolean;
  shownDefault?: string;
  complete?: Completion | readonly string[];
}
