// Patterns of `COPY --exclude` and .dockerignore, matched by a library.
import dockerignore from "@balena/dockerignore";
import { BerthError } from "../../api/errors.ts";

/** The library does not escape these in its regular expressions; Docker matches them literally. */
const PLAIN_IN_PATTERNS = /[+(){}|^]/g;

/** Tests whether a path, relative to the copied directory, is excluded. @throws BerthError for an invalid pattern */
export type Exclusion = (path: string) => boolean;

export function exclusionOf(patterns: readonly string[]): Exclusion {
  if (patterns.length === 0) return () => false;
  const rules = dockerignore({ ignorecase: false });
  rules.add(patterns.map((pattern) => pattern.replace(PLAIN_IN_PATTERNS, "\\$&")));
  return (path) => {
    try {
      return rules.ignores(path);
    } catch (thrown) {
      if (thrown instanceof SyntaxError) throw new BerthError("invalidParameter", "syntax error in pattern", thrown);
      throw thrown;
    }
  };
}
