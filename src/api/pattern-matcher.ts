// Patterns of .dockerignore and `COPY --exclude`. Their syntax is Docker's, not git's; a library matches it.
// Source: moby/patternmatcher.
import { posix } from "node:path";
import dockerignore, { type Ignore } from "@balena/dockerignore";
import { BerthError } from "./errors.ts";

/** The library does not escape these in its regular expressions, or takes them for a comment; Docker matches them literally. */
const PLAIN_IN_PATTERNS = /[+(){}|]|(?<!\[)\^|^#/g;
const WILDCARD = /[*?[\\]/;
const BYTE_ORDER_MARK = /^\ufeff/;

/** The patterns of an ignore file. Source: ignorefile/ignorefile.go (ReadAll). */
export function parseIgnoreFile(text: string): string[] {
  return text
    .replace(BYTE_ORDER_MARK, "")
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#") && line.trim() !== "")
    .map((line) => {
      const [, mark = "", pattern = ""] = /^(!?)\s*(.*?)\s*$/s.exec(line.trim()) ?? [];
      if (pattern === "") return mark;
      // A leading slash is relative to the context, too.
      const path = posix.normalize(pattern).replace(/(?<=.)\/$/, "");
      return mark + (path.length > 1 ? path.replace(/^\//, "") : path);
    });
}

/** The literal beginning of an exception, by segments, and whether a wildcard follows. */
interface Exception {
  segments: readonly string[];
  open: boolean;
}

export class PatternMatcher {
  readonly #rules: Ignore = dockerignore({ ignorecase: false });
  readonly #exceptions: Exception[] = [];

  /** @param patterns the later ones override the earlier; "!" begins an exception */
  constructor(patterns: readonly string[]) {
    this.add(...patterns);
  }

  add(...patterns: readonly string[]): void {
    for (const pattern of patterns) {
      this.#rules.add(pattern.replace(PLAIN_IN_PATTERNS, "\\$&"));
      if (pattern.startsWith("!")) this.#exceptions.push(exceptionOf(pattern.slice(1)));
    }
  }

  /**
   * Whether a path, or a directory it is in, matches.
   * @param path without a slash at either end
   * @throws BerthError invalidParameter for an invalid pattern
   */
  matches(path: string): boolean {
    try {
      return this.#rules.ignores(path);
    } catch (thrown) {
      if (thrown instanceof SyntaxError) throw new BerthError("invalidParameter", "syntax error in pattern", thrown);
      throw thrown;
    }
  }

  /** Exempts a path that matches. */
  except(path: string): void {
    if (this.matches(path)) this.add(`!${path}`);
  }

  /** Whether an exception may be below a directory that matches. */
  mayExceptBelow(directory: string): boolean {
    const path = directory.split("/");
    return this.#exceptions.some(({ segments, open }) => {
      const common = Math.min(path.length, segments.length);
      const agree = segments.slice(0, common).every((segment, index) => segment === path[index]);
      return agree && (open || segments.length > path.length);
    });
  }
}

function exceptionOf(pattern: string): Exception {
  const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
  const wildcard = segments.findIndex((segment) => WILDCARD.test(segment));
  return { segments: wildcard < 0 ? segments : segments.slice(0, wildcard), open: wildcard >= 0 };
}
