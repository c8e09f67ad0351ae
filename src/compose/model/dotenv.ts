// Parses `.env`, `env_file` and `label_file`: NAME=value, quoted or not, with variables in unquoted and double-quoted
// values. A name without a value takes the value from the environment.
import { splitPair } from "../../api/pairs.ts";
import { ComposeError } from "./compose-error.ts";
import { InvalidTemplateError, type Lookup, substitute } from "./template.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  c: "\\c",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  $: "$$",
  '"': '"',
  "\\": "\\",
};

function expandEscapes(text: string): string {
  return text.replace(/\\([abcfnrtv$"\\]|0[0-7]{0,3})/g, (whole, escaped: string) => {
    if (!escaped.startsWith("0")) return ESCAPES[escaped] ?? whole;
    return escaped.length === 4 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 8)) : whole;
  });
}

class Parser {
  #rest: string;
  #line = 1;
  readonly #into: Map<string, string>;
  readonly #lookup: Lookup;

  constructor(text: string, into: Map<string, string>, lookup: Lookup) {
    this.#rest = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
    this.#into = into;
    this.#lookup = lookup;
  }

  run(): void {
    for (;;) {
      this.#skip(/^\s*/);
      if (this.#rest === "") return;
      if (this.#rest.startsWith("#")) this.#skip(/^[^\n]*/);
      else this.#statement();
    }
  }

  #fail(words: string): ComposeError {
    return new ComposeError(`line ${this.#line}: ${words}`);
  }

  #skip(pattern: RegExp): string {
    const skipped = pattern.exec(this.#rest)?.[0] ?? "";
    this.#line += skipped.split("\n").length - 1;
    this.#rest = this.#rest.slice(skipped.length);
    return skipped;
  }

  #statement(): void {
    this.#skip(/^export[^\S\n]+/);
    const [line = ""] = this.#rest.split("\n", 1);
    const [, written = "", separator = ""] = /^([^=:\n]*)([=:]?)/.exec(line) ?? [];
    const unexpected = /[^\p{L}\p{N}_.[\]\s-]/u.exec(written);
    if (unexpected) {
      throw this.#fail(
        `unexpected character ${JSON.stringify(unexpected[0])} in variable name ${JSON.stringify(line)}`,
      );
    }
    const name = written.trimEnd();
    if (/\s/.test(name)) throw this.#fail("key cannot contain a space");
    this.#rest = this.#rest.slice(written.length + separator.length);
    if (separator === "") {
      const value = this.#lookup(name);
      if (value !== undefined) this.#into.set(name, value);
      return;
    }
    this.#skip(/^[^\S\n]*/);
    this.#into.set(name, this.#value());
  }

  #value(): string {
    const quote = this.#rest.charAt(0);
    if (quote !== "'" && quote !== '"') {
      const line = this.#skip(/^[^\n]*/);
      const comment = line.indexOf(" #");
      return this.#expand((comment < 0 ? line : line.slice(0, comment)).trimEnd());
    }
    const quoted = quote === '"' ? /^"((?:\\"|[^"])*)"/ : /^'((?:\\'|[^'])*)'/;
    const whole = quoted.exec(this.#rest);
    if (!whole) throw this.#fail(`unterminated quoted value ${this.#rest.split("\n", 1)[0]}`);
    this.#skip(quoted);
    const inner = (whole[1] ?? "").replaceAll(`\\${quote}`, quote);
    return quote === '"' ? this.#expand(expandEscapes(inner)) : inner;
  }

  #expand(text: string): string {
    try {
      return substitute(
        text,
        (name) => this.#lookup(name) ?? this.#into.get(name),
        () => undefined,
      );
    } catch (thrown) {
      if (thrown instanceof InvalidTemplateError)
        throw this.#fail(`Invalid template: ${JSON.stringify(thrown.message)}`);
      throw thrown;
    }
  }
}

/**
 * Adds the variables of a file to `into`; later ones override earlier ones.
 * @param lookup the environment, which takes precedence over the file for variables inside values
 * @throws ComposeError
 */
export function parseDotenv(text: string, into: Map<string, string>, lookup: Lookup): void {
  new Parser(text, into, lookup).run();
}

/** The `raw` format: NAME=value taken literally, without quotes, escapes or variables. */
export function parseRawEnvironment(text: string, into: Map<string, string>, lookup: Lookup): void {
  for (const line of text.split(/\r?\n/)) {
    const content = line.trimStart();
    if (content === "" || content.startsWith("#")) continue;
    const [name, given] = splitPair(content);
    const value = given ?? lookup(name);
    if (value !== undefined) into.set(name, value);
  }
}
