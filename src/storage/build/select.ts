// Resolves the source paths of an instruction. The source is the process's root, so no link can escape it.
import { lstatSync, readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { isErrno } from "../../linux/errno.ts";
import { followLinks } from "../files/path-stat.ts";
import { hasWildcard, pathPattern, withoutEscapes } from "../path-pattern.ts";
import type { Selected, Selection } from "./messages.ts";

/** With `--parents`, directories before "/./" are not copied. */
const PIVOT = "/./";

/** In the order of the paths, matches of one path by name. @throws BerthError notFound, invalidParameter in Docker's words */
export function select({ paths, keepsParents }: Selection): Selected[] {
  const found = paths.flatMap((path) => {
    refuseOutside(path);
    const clean = posix.resolve("/", path).slice(1);
    if (!hasWildcard(clean)) return [selected(withoutEscapes(clean), path, keepsParents)];
    return matches(clean).map((match) => selected(match, match, keepsParents));
  });
  if (found.length === 0) throw new BerthError("notFound", "no source files were specified");
  return found;
}

function refuseOutside(path: string): void {
  const relative = posix.normalize(path.replace(/^\/+/, ""));
  if (relative !== ".." && !relative.startsWith("../")) return;
  throw new BerthError("invalidParameter", `forbidden path outside the build context: ${path} ()`);
}

/** @param asked the path as in the instruction, for names and messages */
function selected(path: string, asked: string, keepsParents: boolean): Selected {
  try {
    const real = followLinks(`/${path}`);
    const isDirectory = statSync(real).isDirectory();
    return { path: real.slice(1), name: keepsParents ? nameWithParents(asked) : posix.basename(path), isDirectory };
  } catch (thrown) {
    if (!isErrno(thrown, "ENOENT", "ENOTDIR")) throw thrown;
    throw new BerthError("notFound", `stat ${path}: file does not exist`);
  }
}

function nameWithParents(asked: string): string {
  const pivot = asked.indexOf(PIVOT);
  const kept = pivot === -1 ? asked : asked.slice(pivot + PIVOT.length);
  return posix.resolve("/", kept).slice(1);
}

/** The paths that match a pattern; links to directories are not followed. */
function matches(pattern: string): string[] {
  const [first = "", ...rest] = pattern.split("/");
  return below([""], first, rest).sort();
}

function below(directories: readonly string[], segment: string, rest: readonly string[]): string[] {
  const found = directories.flatMap((directory) => childrenMatching(directory, segment));
  const [next, ...further] = rest;
  return next === undefined ? found : below(found, next, further);
}

function childrenMatching(directory: string, segment: string): string[] {
  // A wildcard also matches files and links, which have no content.
  if (!lstatSync(`/${directory}`, { throwIfNoEntry: false })?.isDirectory()) return [];
  const child = (name: string): string => (directory === "" ? name : `${directory}/${name}`);
  if (!hasWildcard(segment)) {
    const path = child(withoutEscapes(segment));
    return lstatSync(`/${path}`, { throwIfNoEntry: false }) ? [path] : [];
  }
  const expression = pathPattern(segment);
  return readdirSync(`/${directory}`)
    .filter((name) => expression.test(name))
    .map(child);
}
