// What .dockerignore leaves out of a context. The patterns are Docker's own kind and not git's; a library knows them.
import dockerignore, { type Ignore } from "@balena/dockerignore";
import { CommandError } from "../failure.ts";

/** The library hands these to the regular expressions it makes; Docker takes them as they are. */
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

  /** @param path in the context, without a slash at either end. @throws CommandError when a pattern is none */
  ignores(path: string): boolean {
    try {
      return this.#rules.ignores(path);
    } catch (thrown) {
      if (thrown instanceof SyntaxError) throw new CommandError("error checking context: syntax error in pattern");
      throw thrown;
    }
  }

  /** Whether an exception can want something below a directory that is ignored itself. */
  mayWantBelow(directory: string): boolean {
    const path = directory.split("/");
    return this.#exceptions.some(({ segments, open }) => {
      const common = Math.min(path.length, segments.length);
      const agree = segments.slice(0, common).every((segment, index) => segment === path[index]);
      return agree && (open || segments.length > path.length);
    });
  }
}
