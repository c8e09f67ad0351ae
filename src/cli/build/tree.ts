// Lists the files of a context that are not ignored, sorted by name.
import { accessSync, constants, lstatSync, readdirSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import type { PatternMatcher } from "../../api/pattern-matcher.ts";
import { isErrno } from "../../linux/errno.ts";
import { CommandError } from "../failure.ts";

const SLASH = Buffer.from("/");

/** Names are bytes: they need not be UTF-8. */
class Walk {
  readonly found: Buffer[] = [];
  /** Ignored parent directories that are not listed yet. */
  readonly #pending: Buffer[] = [];
  readonly #root: Buffer;
  readonly #ignored: PatternMatcher;

  constructor(root: string, ignored: PatternMatcher) {
    this.#root = Buffer.from(root);
    this.#ignored = ignored;
  }

  enter(below?: Buffer): void {
    for (const name of this.#namesIn(below).sort(Buffer.compare)) {
      this.#take(below ? Buffer.concat([below, SLASH, name]) : name);
    }
  }

  #take(path: Buffer): void {
    const info = lstatSync(this.#whole(path), { throwIfNoEntry: false });
    if (!info) return;
    const name = path.toString();
    if (this.#ignored.matches(name)) {
      if (info.isDirectory() && this.#ignored.mayExceptBelow(name)) this.#search(path);
      return;
    }
    if (!info.isDirectory() && !info.isSymbolicLink() && !info.isFIFO()) this.#checkReadable(path);
    // Parents of listed files are listed too, with their modes.
    this.found.push(...this.#pending.splice(0), path);
    if (info.isDirectory()) this.enter(path);
  }

  /** Searches an ignored directory for exceptions. */
  #search(directory: Buffer): void {
    this.#pending.push(directory);
    this.enter(directory);
    if (this.#pending.at(-1) === directory) this.#pending.pop();
  }

  #whole(path: Buffer | undefined): Buffer {
    return path ? Buffer.concat([this.#root, SLASH, path]) : this.#root;
  }

  #namesIn(below: Buffer | undefined): Buffer[] {
    try {
      return readdirSync(this.#whole(below), { encoding: "buffer" });
    } catch (thrown) {
      // Deleted since it was listed.
      if (below && isErrno(thrown, "ENOENT")) return [];
      if (!isErrno(thrown, "EACCES")) throw thrown;
      throw new CommandError(`error checking context: can't stat '${this.#whole(below)}'`);
    }
  }

  #checkReadable(path: Buffer): void {
    try {
      accessSync(this.#whole(path), constants.R_OK);
    } catch (thrown) {
      if (!isErrno(thrown, "EACCES")) return;
      throw new CommandError(`error checking context: no permission to read from '${this.#whole(path)}'`);
    }
  }
}

/** Paths below the directory, each directory before its content. @throws CommandError in Docker's words */
export function listContext(directory: string, ignored: PatternMatcher): Buffer[] {
  const walk = new Walk(directory, ignored);
  try {
    walk.enter();
  } catch (thrown) {
    throw thrown instanceof BerthError ? new CommandError(`error checking context: ${thrown.message}`) : thrown;
  }
  return walk.found;
}
