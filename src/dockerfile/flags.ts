// The flags before an instruction's arguments: `COPY --chown=1:1 --link a b`.
import { BerthError } from "../api/errors.ts";
import { didYouMean } from "./suggestion.ts";
import { type EscapeToken, rawWords } from "./words.ts";

/** Flags of an instruction: a single value, a repeatable value, or a boolean. */
export type FlagKinds = Readonly<Record<string, "value" | "values" | "switch">>;

export class Flags {
  private readonly given: ReadonlyMap<string, readonly string[]>;

  constructor(given: ReadonlyMap<string, readonly string[]>) {
    this.given = given;
  }

  /** "" when it is absent. */
  value(name: string): string {
    return this.given.get(name)?.[0] ?? "";
  }

  values(name: string): readonly string[] {
    return this.given.get(name) ?? [];
  }

  isOn(name: string): boolean {
    return this.value(name) === "true";
  }
}

/** The flags at the start of `text` and what follows them. @throws BerthError invalidParameter */
export function readFlags(text: string, kinds: FlagKinds, token: EscapeToken): { flags: Flags; rest: string } {
  const given = new Map<string, string[]>();
  let rest = text;
  while (rest.startsWith("--")) {
    const [word = ""] = rawWords(rest, token);
    rest = rest.slice(word.length).trimStart();
    if (word === "--") break;
    const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const present = given.get(name) ?? [];
    given.set(name, [...present, checked(name, value, kinds, present.length > 0)]);
  }
  return { flags: new Flags(given), rest };
}

function checked(name: string, value: string | undefined, kinds: FlagKinds, isRepeated: boolean): string {
  const kind = kinds[name];
  if (kind === undefined) {
    throw new BerthError("invalidParameter", `unknown flag: --${name}${didYouMean(name, Object.keys(kinds))}`);
  }
  if (isRepeated && kind !== "values") throw new BerthError("invalidParameter", `duplicate flag specified: --${name}`);
  if (kind !== "switch") {
    if (value === undefined) throw new BerthError("invalidParameter", `missing a value on flag: --${name}`);
    return value;
  }
  const isOn = (value ?? "true").toLowerCase();
  if (isOn === "true" || isOn === "false") return isOn;
  throw new BerthError("invalidParameter", `expecting boolean value for flag --${name}, not: ${value}`);
}
