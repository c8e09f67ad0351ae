// What `COPY --exclude` leaves out: patterns as in .dockerignore, which a library knows.
import dockerignore from "@balena/dockerignore";

/** The library hands these to the regular expressions it makes; Docker takes them as they are. */
const PLAIN_IN_PATTERNS = /[+(){}|^]/g;

/** Tells whether a path, relative to what is copied, stays behind. */
export type Exclusion = (path: string) => boolean;

export function exclusionOf(patterns: readonly string[]): Exclusion {
  if (patterns.length === 0) return () => false;
  const rules = dockerignore({ ignorecase: false });
  rules.add(patterns.map((pattern) => pattern.replace(PLAIN_IN_PATTERNS, "\\$&")));
  return (path) => rules.ignores(path);
}
