// What is wrong with a Compose file: the words, and the path of the value they are about.
import type { Path } from "./value.ts";

/** A mistake in a Compose file or in what it refers to. */
export class ComposeError extends Error {
  /** Where it is in the model; undefined when it is about no single value. */
  readonly path: Path | undefined;

  constructor(message: string, path?: Path) {
    super(message);
    this.path = path;
  }
}

/** A path as Compose writes it in messages: list items as "[]". */
export function shownPath(path: Path): string {
  return path.map((key) => (/^\d+$/.test(key) ? "[]" : key)).join(".");
}

/** Gives the path to what is thrown without one. */
export function withPath<T>(path: Path, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof ComposeError) || thrown.path !== undefined) throw thrown;
    throw new ComposeError(thrown.message, path);
  }
}
