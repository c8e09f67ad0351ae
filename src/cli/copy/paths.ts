// The two sides of a copy, and where what is copied ends up: the rules of cp(1), as Docker has them.
import { posix } from "node:path";
import { CommandError } from "../failure.ts";

/** One side: a path of this machine, or one of a container. */
export interface CopySide {
  container: string | undefined;
  path: string;
}

/** "web:/etc" or "./web:file": what begins like a path of this machine is one. */
export function parseSide(argument: string): CopySide {
  const colon = argument.indexOf(":");
  const isLocal = colon <= 0 || argument.startsWith("/") || argument.startsWith(".");
  if (isLocal) return { container: undefined, path: argument };
  return { container: argument.slice(0, colon), path: argument.slice(colon + 1) };
}

/** What is known of a side's path. */
export interface PathInfo {
  path: string;
  exists: boolean;
  isDirectory: boolean;
}

/** "dir" and "name" of a path; a trailing "/." is a name of its own: the directory's content. */
export function splitPath(path: string): { directory: string; base: string } {
  const cleaned = posix.normalize(path);
  if (/(^|\/)\.$/.test(path) && path !== ".") {
    return { directory: cleaned.replace(/\/+$/, "") || "/", base: "." };
  }
  const bare = cleaned.replace(/(?<=.)\/+$/, "");
  return { directory: posix.dirname(bare), base: posix.basename(bare) || "/" };
}

/** Where the archive goes, and how its top entry is called there. */
export interface Placement {
  directory: string;
  /** The entry's name in the archive and its new one; undefined when it stays. */
  rename: { from: string; to: string } | undefined;
}

/** @throws CommandError when the two sides do not go together */
export function place(source: PathInfo, destination: PathInfo): Placement {
  if (destination.exists && destination.isDirectory) return { directory: destination.path, rename: undefined };
  if (destination.exists && source.isDirectory) throw new CommandError("cannot copy directory");
  const assertsDirectory = /(^|\/)\.?$/.test(destination.path);
  if (!destination.exists && !source.isDirectory && assertsDirectory) throw new CommandError("no such directory");
  const { directory, base } = splitPath(destination.path);
  return { directory, rename: { from: splitPath(source.path).base, to: base } };
}
