// Rules of .dockerignore. The pattern syntax is Docker's, not git's; a library matches it.
import dockerignore, { type Ignore } from "@balena/dockerignore";

/** The library does not escape these in its regular expressions; Docker matches them literally. */
const PLAIN_IN_PATTERNS = /[+(){}|]|(?<!\[)\^/g;
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

export class IgnoreRules {
  readonly #rules: Ignore = dockerignore({ ignorecase: false });
  readonly #exceptions: Exception[] = [];

  /** @param text the content of an ignore file */
  constructor(text: string) {
    this.add(...text.replace(BYTE_ORDER_MARK, "").split(/\r?\n/));
  }

  add(...lines: readonly string[]): void {
    for (const line of lines) {
      this.#rules.add(line.startsWith("#") ? [] : [line.replace(PLAIN_IN_PATTERNS, "\\$&")]);
      if (line.trimStart().startsWith("!")) this.#exceptions.push(exceptionOf(line.trimStart()));
    }
  }

  /** @param path in the context, without a slash at either end. @throws SyntaxError for an invalid pattern */
  ignores(path: string): boolean {
    return this.#rules.ignores(path);
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
