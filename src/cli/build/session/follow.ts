// The files of a directory that the engine needs: the paths it names, and the targets of symbolic links on them.
// https://github.com/tonistiigi/fsutil/blob/master/followlinks.go
import { readlinkSync } from "node:fs";
import { join, posix } from "node:path";

const WILDCARD = /[*?[\\]/;
/** The kernel's limit of links on one path. */
const MAX_LINKS = 40;

/** @param paths empty means all files; of a path with wildcards, the part before them is used */
export function followed(directory: string, paths: readonly string[]): (path: string) => boolean {
  if (paths.length === 0) return () => true;
  const wanted = [...new Set(paths.flatMap((path) => resolved(directory, plainBeginning(path))))];
  return (path) => wanted.some((each) => each === "" || isWithin(path, each) || isWithin(each, path));
}

function plainBeginning(path: string): string {
  const names = posix.normalize(`/${path}`).split("/").filter(Boolean);
  const wildcard = names.findIndex((name) => WILDCARD.test(name));
  return (wildcard < 0 ? names : names.slice(0, wildcard)).join("/");
}

/** The path itself and the targets of its links within the directory. */
function resolved(directory: string, path: string): string[] {
  const found = [path];
  let rest = path.split("/").filter(Boolean);
  let place: string[] = [];
  for (let links = 0; rest.length > 0; ) {
    const [name = "", ...others] = rest;
    const target = readLink(join(directory, ...place, name));
    rest = others;
    if (target === undefined) {
      place.push(name);
      continue;
    }
    if (++links > MAX_LINKS) return found;
    found.push([...place, name].join("/"));
    const whole = posix.resolve("/", target.startsWith("/") ? "" : place.join("/"), target);
    place = [];
    rest = [...whole.split("/").filter(Boolean), ...others];
  }
  return [...found, place.join("/")];
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

const isWithin = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);
