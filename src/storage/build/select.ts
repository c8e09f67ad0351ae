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
export function select({ paths, keepsParents, allowsNone }: Selection): Selected[] {
  const found = paths.flatMap((path) => {
    refuseOutside(path);
    return keepsParents ? withParents(path) : withoutParents(clean(path));
  });
  if (found.length === 0 && !allowsNone) throw new BerthError("notFound", "no source files were specified");
  return found;
}

/** Without slashes at its ends, "." and "..". */
const clean = (path: string): string => posix.resolve("/", path).slice(1);

function withoutParents(path: string): Selected[] {
  if (!hasWildcard(path)) return [selected(withoutEscapes(path), posix.basename(withoutEscapes(path)))];
  return matches(path, "", false).map((match) => selected(match, posix.basename(match)));
}

function withParents(path: string): Selected[] {
  const pivot = path.indexOf(PIVOT);
  const [top, rest] = pivot === -1 ? ["", clean(path)] : [clean(path.slice(0, pivot)), clean(path.slice(pivot + 2))];
  if (!hasWildcard(top) && !hasWildcard(rest)) {
    const name = withoutEscapes(rest);
    return [selected(posix.join(withoutEscapes(top), name), name)];
  }
  const tops = hasWildcard(top) ? matches(top, "", false) : [withoutEscapes(top)];
  return tops.flatMap((directory) =>
    matches(rest, directory, true).map((match) =>
      selected(match, directory === "" ? match : match.slice(directory.length + 1)),
    ),
  );
}

function refuseOutside(path: string): void {
  const relative = posix.normalize(path.replace(/^\/+/, ""));
  if (relative !== ".." && !relative.startsWith("../")) return;
  throw new BerthError("invalidParameter", `forbidden path outside the build context: ${path} ()`);
}

/** @param name below the destination */
function selected(path: string, name: string): Selected {
  try {
    const real = followLinks(`/${path}`);
    return { path: real.slice(1), name, isDirectory: statSync(real).isDirectory() };
  } catch (thrown) {
    if (!isErrno(thrown, "ENOENT", "ENOTDIR")) throw thrown;
    throw new BerthError("notFound", `stat ${path}: file does not exist`);
  }
}

/** A segment that stands for any number of directories; only with `--parents`. */
const ANY_DEPTH = "**";

/** The paths below a directory that match a pattern; links to directories are not followed. */
function matches(pattern: string, directory: string, hasAnyDepth: boolean): string[] {
  if (pattern === "") return [directory];
  let found = [directory];
  for (const segment of pattern.split("/")) {
    const isAnyDepth = hasAnyDepth && segment === ANY_DEPTH;
    found = found.flatMap((each) => (isAnyDepth ? withDescendants(each) : childrenMatching(each, segment)));
  }
  return [...new Set(found)].sort();
}

function withDescendants(directory: string): string[] {
  return [directory, ...childrenMatching(directory, "*").flatMap(withDescendants)];
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
