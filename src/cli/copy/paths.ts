// Source and destination of a copy, and the resulting paths: the rules of cp(1), as in Docker.
import { posix } from "node:path";
import { CommandError } from "../failure.ts";

/** One side: a local path or a container path. */
export interface CopySide {
  container: string | undefined;
  path: string;
}

/** Parses "web:/etc" or "./web:file"; an argument that starts like a local path is one. */
export function parseSide(argument: string): CopySide {
  const colon = argument.indexOf(":");
  const isLocal = colon <= 0 || argument.startsWith("/") || argument.startsWith(".");
  if (isLocal) return { container: undefined, path: argument };
  return { container: argument.slice(0, colon), path: argument.slice(colon + 1) };
}

/** What is known about a side's path. */
export interface PathInfo {
  path: string;
  exists: boolean;
  isDirectory: boolean;
}

/**
 * Splits a path into directory and base name; a trailing "/." counts as a base name and means the directory's content.
 */
export function splitPath(path: string): { directory: string; base: string } {
  const cleaned = posix.normalize(path);
  if (/(^|\/)\.$/.test(path) && path !== ".") {
    return { directory: cleaned.replace(/\/+$/, "") || "/", base: "." };
  }
  const bare = cleaned.replace(/(?<=.)\/+$/, "");
  return { directory: posix.dirname(bare), base: posix.basename(bare) || "/" };
}

/** Where to extract the archive, and the name of its top entry there. */
export interface Placement {
  directory: string;
  /** Renames the top entry; undefined keeps its name. */
  rename: { from: string; to: string } | undefined;
}

/** @throws CommandError when source and destination are incompatible */
export function place(source: PathInfo, destination: PathInfo): Placement {
  if (destination.exists && destination.isDirectory) return { directory: destination.path, rename: undefined };
  if (destination.exists && source.isDirectory) throw new CommandError("cannot copy directory");
  const assertsDirectory = /(^|\/)\.?$/.test(destination.path);
  if (!destination.exists && !source.isDirectory && assertsDirectory) throw new CommandError("no such directory");
  const { directory, base } = splitPath(destination.path);
  return { directory, rename: { from: splitPath(source.path).base, to: base } };
}
