// An error in a Compose file: its message, and the path of the value it is about.
import type { Path } from "./value.ts";

/** An error in a Compose file or in a file it refers to. */
export class ComposeError extends Error {
  /** Path in the model; undefined when it concerns no single value. */
  readonly path: Path | undefined;

  constructor(message: string, path?: Path) {
    super(message);
    this.path = path;
  }
}

/** A path as in Compose's messages: list items as "[]". */
export function shownPath(path: Path): string {
  return path.map((key) => (/^\d+$/.test(key) ? "[]" : key)).join(".");
}

/** Adds the path to errors that have none. */
export function withPath<T>(path: Path, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof ComposeError) || thrown.path !== undefined) throw thrown;
    throw new ComposeError(thrown.message, path);
  }
}
