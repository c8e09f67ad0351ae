// Parses arguments by pflag's rules: -it, -p80:80, -p=80:80, --flag value, --flag=value, "--" and, optionally, a stop
// at the first positional.
import { type Flag, type Flags, FlagValueError, type FlagValues } from "./flag.ts";

/** Invalid arguments; the message is complete. `unknownFlag` is the long name that does not exist. */
export class FlagError extends Error {
  readonly unknownFlag: string | undefined;

  constructor(message: string, unknownFlag?: string) {
    super(message);
    this.unknownFlag = unknownFlag;
  }
}

export interface Parsed<F extends Flags> {
  values: FlagValues<F>;
  /** Names of the flags that were given. */
  given: ReadonlySet<string>;
  positionals: string[];
  /** Whether --help was given, or -h where it is not another flag. */
  help: boolean;
  /** Deprecation warnings. */
  notices: string[];
}

/** "-m, --memory" or "--rm". */
function shownName(name: string, flag: Flag<unknown>): string {
  return flag.short ? `-${flag.short}, --${name}` : `--${name}`;
}

class Parser {
  readonly values: Record<string, unknown>;
  readonly given = new Set<string>();
  readonly positionals: string[] = [];
  readonly notices: string[] = [];
  help = false;
  readonly #flags: Flags;
  readonly #nameOf = new Map<string, string>();
  readonly #rest: string[];

  constructor(flags: Flags, argumentList: readonly string[]) {
    this.#flags = flags;
    this.#rest = [...argumentList];
    this.values = Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, flag.initial]));
    for (const [name, flag] of Object.entries(flags)) {
      if (flag.short) this.#nameOf.set(flag.short, name);
      for (const other of Object.keys(flag.otherNames ?? {})) this.#nameOf.set(`--${other}`, name);
    }
  }

  run(stopAtPositional: boolean): void {
    for (let next = this.#rest.shift(); next !== undefined && !this.help; next = this.#rest.shift()) {
      if (next === "--") {
        this.positionals.push(...this.#rest);
        return;
      }
      if (next.startsWith("--")) this.#long(next);
      else if (next.startsWith("-") && next !== "-") this.#short(next.slice(1));
      else {
        this.positionals.push(next);
        if (!stopAtPositional) continue;
        this.positionals.push(...this.#rest);
        return;
      }
    }
  }

  #long(argument: string): void {
    const equals = argument.indexOf("=");
    const name = argument.slice(2, equals < 0 ? undefined : equals);
    if (name === "" || name.startsWith("-")) throw new FlagError(`bad flag syntax: ${argument}`);
    const known = Object.hasOwn(this.#flags, name) ? name : this.#nameOf.get(`--${name}`);
    const flag = known === undefined ? undefined : this.#flags[known];
    if (known === undefined || !flag) {
      if (name !== "help") throw new FlagError(`unknown flag: --${name}`, name);
      this.help = true;
      return;
    }
    const instead = flag.otherNames?.[name];
    if (instead) this.notices.push(`Flag --${name} has been deprecated, ${instead}`);
    const value = equals < 0 ? (flag.bare ?? this.#rest.shift()) : argument.slice(equals + 1);
    if (value === undefined) throw new FlagError(`flag needs an argument: --${name}`);
    this.#set(known, flag, value);
  }

  #short(letters: string): void {
    const letter = letters.charAt(0);
    const name = this.#nameOf.get(letter);
    const flag = name === undefined ? undefined : this.#flags[name];
    if (name === undefined || !flag) {
      if (letter !== "h") throw new FlagError(`unknown shorthand flag: '${letter}' in -${letters}`);
      this.notices.push("Flag shorthand -h has been deprecated, use --help");
      this.help = true;
      return;
    }
    if (letters.length > 2 && letters[1] === "=") {
      this.#set(name, flag, letters.slice(2));
    } else if (flag.bare !== undefined) {
      this.#set(name, flag, flag.bare);
      if (letters.length > 1) this.#short(letters.slice(1));
    } else {
      const value = letters.length > 1 ? letters.slice(1) : this.#rest.shift();
      if (value === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${letters}`);
      this.#set(name, flag, value);
    }
  }

  #set(name: string, flag: Flag<unknown>, value: string): void {
    try {
      this.values[name] = flag.read(value, this.values[name]);
      this.given.add(name);
    } catch (thrown) {
      if (!(thrown instanceof FlagValueError)) throw thrown;
      const shown = shownName(name, flag);
      throw new FlagError(`invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${thrown.message}`);
    }
  }
}

/** @throws FlagError */
export function parseArguments<F extends Flags>(
  flags: F,
  argumentList: readonly string[],
  options: { stopAtPositional?: boolean | undefined } = {},
): Parsed<F> {
  const parser = new Parser(flags, argumentList);
  parser.run(options.stopAtPositional ?? false);
  const entries: unknown[][] = Object.entries(parser.values);
  const values: FlagValues<F> = Object.fromEntries(entries);
  const { given, positionals, help, notices } = parser;
  return { values, given, positionals, help, notices };
}
