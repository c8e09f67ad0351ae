// Packs a directory as a build context, without ignored files.
import { randomBytes } from "node:crypto";
import { realpathSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { PatternMatcher, parseIgnoreFile } from "../../api/pattern-matcher.ts";
import type { Bytes } from "../../client/streams.ts";
import { packNamed } from "../copy/tar-program.ts";
import { CommandError } from "../failure.ts";
import { dockerfilePath, IGNORE_FILE, isWithin, locateDockerfile, type Place, readIgnoreFile } from "./dockerfile.ts";
import { temporaryDirectory } from "./temporary.ts";
import { listContext } from "./tree.ts";

export interface BuildContext {
  archive: Bytes;
  /** The Dockerfile's path in the archive; "" for the usual one. */
  dockerfile: string;
}

/** The directory with symbolic links resolved. @throws CommandError */
export function ownDirectory(given: string): Place {
  const directory = realpathSync(resolve(given));
  if (statSync(directory).isDirectory()) return { directory, foreign: false };
  throw new CommandError(`unable to prepare context: context must be a directory: ${directory}`);
}

/** @param text the content of a Dockerfile that is not a file */
export function contextWithText(place: Place, text: Uint8Array): BuildContext {
  const ignored = readIgnoreFile(place, undefined);
  return withDockerfile(place, patternsFor(place, ignored), text, ignored.text);
}

/** @param base what a relative Dockerfile path is relative to; @param given "" for the default name */
export function contextWithFile(place: Place, base: string, given: string): BuildContext {
  const path = dockerfilePath(place, base, given);
  const dockerfile = locateDockerfile(place, path);
  const ignored = readIgnoreFile(place, path);
  const patterns = patternsFor(place, ignored);
  if ("text" in dockerfile) return withDockerfile(place, patterns, dockerfile.text, ignored.text);
  // The Dockerfile is sent even if it is ignored; the engine then removes it from the context.
  patterns.except(dockerfile.path);
  const { directory } = place;
  return { archive: packNamed({ directory, names: listContext(directory, patterns) }), dockerfile: dockerfile.path };
}

function patternsFor(place: Place, { path, text }: { path: string; text: string }): PatternMatcher {
  const patterns = new PatternMatcher(parseIgnoreFile(text));
  if (isWithin(place, path)) patterns.except(relative(place.directory, path));
  return patterns;
}

/** Adds the Dockerfile under a unique name, which the sent .dockerignore excludes. */
function withDockerfile(
  { directory }: Place,
  patterns: PatternMatcher,
  text: Uint8Array,
  ignored: string,
): BuildContext {
  // Before the temporary directory is created: that may be inside the context.
  const names = listContext(directory, patterns).filter((path) => path.toString() !== IGNORE_FILE);
  const name = `.dockerfile.${randomBytes(10).toString("hex")}`;
  const beside = temporaryDirectory();
  writeFileSync(join(beside, name), text, { mode: 0o600 });
  writeFileSync(join(beside, IGNORE_FILE), `${ignored || IGNORE_FILE}\n${name}\n`, { mode: 0o600 });
  return {
    archive: packNamed({ directory, names }, { directory: beside, names: [IGNORE_FILE, name] }),
    dockerfile: name,
  };
}
