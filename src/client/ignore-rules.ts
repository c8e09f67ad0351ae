// Rules of .dockerignore, matched as Docker's engine matches them (moby/patternmatcher). The command line and the page in
// the browser use them; the library that the engine uses cannot be bundled for browsers.

const WILDCARD = /[*?[\\]/;
const BYTE_ORDER_MARK = /^\ufeff/;

/** The literal beginning of a pattern, by segments, and whether a wildcard follows. */
interface Exception {
  segments: readonly string[];
  open: boolean;
}

function exceptionOf(line: string): Exception {
  const segments = line
    .slice(1)
    .trim()
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".");
  const wildcard = segments.findIndex((segment) => WILDCARD.test(segment));
  return { segments: wildcard < 0 ? segments : segments.slice(0, wildcard), open: wildcard >= 0 };
}

interface Rule {
  isException: boolean;
  pattern: string;
  /** Made at the first match, so that an invalid pattern fails there. */
  expression: RegExp | undefined;
}

/** Go's filepath.Clean, and no slash at the beginning. */
function cleaned(pattern: string): string {
  const segments: string[] = [];
  for (const segment of pattern.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments.join("/");
}

/** These mean something in regular expressions, and nothing in patterns. */
const LITERALS = ".+()|{}$";

/** @throws SyntaxError for an invalid pattern */
function expressionOf(pattern: string): RegExp {
  let source = "";
  let isInBrackets = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "[" || character === "]") isInBrackets = character === "[";
    if (character === "\\") {
      source += `\\${pattern.charAt(++at)}`;
    } else if (character === "*" && pattern[at + 1] === "*") {
      at += pattern[at + 2] === "/" ? 2 : 1;
      source += at + 1 >= pattern.length ? ".*" : "(?:.*/)?";
    } else if (character === "*" || character === "?") {
      source += character === "*" ? "[^/]*" : "[^/]";
    } else if (LITERALS.includes(character) || (character === "^" && !isInBrackets)) {
      source += `\\${character}`;
    } else {
      source += character;
    }
  }
  return new RegExp(`^${source}$`, "s");
}

function ruleOf(line: string): Rule | undefined {
  const text = line.trim();
  const isException = text.startsWith("!");
  const pattern = cleaned(isException ? text.slice(1).trim() : text);
  return pattern === "" ? undefined : { isException, pattern, expression: undefined };
}

export class IgnoreRules {
  readonly #rules: Rule[] = [];
  readonly #exceptions: Exception[] = [];

  /** @param text the content of an ignore file */
  constructor(text: string) {
    this.add(...text.replace(BYTE_ORDER_MARK, "").split(/\r?\n/));
  }

  add(...lines: readonly string[]): void {
    for (const line of lines) {
      const rule = line.startsWith("#") ? undefined : ruleOf(line);
      if (rule) this.#rules.push(rule);
      if (line.trimStart().startsWith("!")) this.#exceptions.push(exceptionOf(line.trimStart()));
    }
  }

  /** @param path in the context, without a slash at either end. @throws SyntaxError for an invalid pattern */
  ignores(path: string): boolean {
    const segments = path.split("/");
    let isIgnored = false;
    for (const rule of this.#rules) {
      // Only a rule that changes the answer matters.
      if (rule.isException !== isIgnored) continue;
      rule.expression ??= expressionOf(rule.pattern);
      const { expression } = rule;
      const matches = segments.some((_, index) => expression.test(segments.slice(0, index + 1).join("/")));
      if (matches) isIgnored = !rule.isException;
    }
    return isIgnored;
  }

  /** Includes a path even if a rule ignores it. */
  keep(path: string): void {
    if (this.ignores(path)) this.add(`!${path}`);
  }

  /** Whether an exception may match below an ignored directory. */
  mayWantBelow(directory: string): boolean {
    const path = directory.split("/");
    return this.#exceptions.some(({ segments, open }) => {
      const common = Math.min(path.length, segments.length);
      const agree = segments.slice(0, common).every((segment, index) => segment === path[index]);
      return agree && (open || segments.length > path.length);
    });
  }
}
