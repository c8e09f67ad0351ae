// Finds the Dockerfile in a context, and removes files that only the build itself needs.
import { BerthError } from "../../../api/errors.ts";
import { PatternMatcher, parseIgnoreFile } from "../../../api/pattern-matcher.ts";
import type { Source } from "../../../storage/build/spawn.ts";

/** Bytes. */
export const MAX_DOCKERFILE_SIZE = 16 * 1024 * 1024;
export const IGNORE_FILE = ".dockerignore";

/** Undefined when it does not exist. */
export async function findDockerfile(source: Source, name: string): Promise<string | undefined> {
  return (await source.read(name, MAX_DOCKERFILE_SIZE))?.toString("utf8");
}

/** @throws BerthError invalidParameter in the classic builder's words */
export async function readDockerfile(source: Source, name: string): Promise<string> {
  const content = await findDockerfile(source, name);
  if (content === undefined) throw new BerthError("invalidParameter", `Cannot locate specified Dockerfile: ${name}`);
  if (content === "") throw new BerthError("invalidParameter", `the Dockerfile (${name}) cannot be empty`);
  return content;
}

/** The patterns of .dockerignore; empty when there is no such file. */
export async function readIgnorePatterns(source: Source, path: string): Promise<string[] | undefined> {
  const content = await source.read(path, MAX_DOCKERFILE_SIZE);
  if (content === undefined) return undefined;
  return parseIgnoreFile(content.toString("utf8"));
}

/** Clients send these two files even if they are ignored. */
export async function removeIgnored(source: Source, dockerfile: string): Promise<void> {
  const patterns = await readIgnorePatterns(source, IGNORE_FILE);
  if (patterns === undefined) return;
  const ignored = new PatternMatcher(patterns);
  await source.remove([IGNORE_FILE, dockerfile].filter((path) => ignored.matches(path)));
}
