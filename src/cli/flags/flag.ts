// Flag declaration, used by parser, help text, man pages and completion.
import type { Completion } from "../completion/kinds.ts";

/** Invalid flag value; the message is Docker's, without the flag's name. */
export class FlagValueError extends Error {}

export interface Flag<T> {
  /** The type of its value in the help; "" for a flag without a value. */
  readonly type: string;
  readonly description: string;
  /** One letter. */
  readonly short?: string | undefined;
  /** The default value. */
  readonly initial: T;
  /** Shown in the help as "(default …)". */
  readonly shownDefault?: string | undefined;
  /** The value when the flag is given without one; such a flag never takes the next argument. */
  readonly bare?: string | undefined;
  /** Hidden from the help. */
  readonly hidden?: boolean | undefined;
  /** Hidden aliases; the text names the replacement, "" prints no deprecation warning. */
  readonly otherNames?: Readonly<Record<string, string>> | undefined;
  /** The oldest API version that supports it. */
  readonly since?: string | undefined;
  /** The only kind of engine that supports it. */
  readonly os?: string | undefined;
  /** Only Berth's engine supports it; others would ignore it silently. */
  readonly addition?: boolean | undefined;
  /** Completion candidates for its value. */
  readonly complete?: Completion | readonly string[] | undefined;
  /** @throws FlagValueError */
  read(text: string, previous: T): T;
}

/** Whether help and completion list it: not hidden, and not for other kinds of engines only. */
export function isShown({ hidden, os }: Flag<unknown>): boolean {
  return !hidden && (os === undefined || os === "linux");
}

/** Whether engines without support for it must reject it. */
export function isForSomeEngines({ since, os, addition }: Flag<unknown>): boolean {
  return since !== undefined || os !== undefined || addition === true;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type FlagValue<F> = F extends Flag<infer T> ? T : never;
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** Options common to all types of flags. */
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
