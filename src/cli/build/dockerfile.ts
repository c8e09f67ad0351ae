// Finds the Dockerfile of a directory and its ignore file.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { CommandError } from "../failure.ts";

export const IGNORE_FILE = ".dockerignore";

/** A directory to be used as context. */
export interface Place {
  /** A real path. */
  directory: string;
  /** Whether the content is untrusted: links that leave it are rejected. */
  foreign: boolean;
}

/** `path` in the context, or text to be added to the context. */
export type Dockerfile = { path: string } | { text: Uint8Array };

/** The absolute path of the Dockerfile: the given one, relative to `base`, or the default. */
export function dockerfilePath({ directory }: Place, base: string, given: string): string {
  if (given !== "") return resolve(base, given);
  const usual = join(directory, "Dockerfile");
  const lower = join(directory, "dockerfile");
  return !existsSync(usual) && existsSync(lower) ? lower : usual;
}

/** Follows links: the path is that of the file itself. @throws CommandError */
export function locateDockerfile(place: Place, path: string): Dockerfile {
  const real = withoutLinks(path);
  if (isWithin(place, real)) return { path: relative(place.directory, real) };
  if (place.foreign) throw outside(path);
  try {
    return { text: readFileSync(real) };
  } catch {
    throw new CommandError(`unable to open Dockerfile: open ${real}: permission denied`);
  }
}

/** The rules of the Dockerfile's own ignore file (NAME.dockerignore), or the directory's; "" without either. */
export function readIgnoreFile(place: Place, dockerfile: string | undefined): { path: string; text: string } {
  const own = `${dockerfile}${IGNORE_FILE}`;
  const path = dockerfile !== undefined && existsSync(own) ? own : join(place.directory, IGNORE_FILE);
  if (!existsSync(path)) return { path, text: "" };
  if (place.foreign && !isWithin(place, realpathSync(path))) throw outside(path);
  return { path, text: readFileSync(path, "utf8") };
}

export function isWithin({ directory }: Place, path: string): boolean {
  return !relative(directory, path).startsWith("../");
}

function outside(path: string): CommandError {
  return new CommandError(`unable to prepare context: the Dockerfile (${path}) must be within the build context`);
}

function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new CommandError(
      `unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat ${path}: no such file or directory`,
    );
  }
}
