// The files of a directory that belong to the build context, by its .dockerignore.
import type { ContextAnswer, ContextQuestion } from "../../wire/context.ts";

export interface ContextFile {
  /** Path below the directory. */
  name: string;
  file: File;
}

const IGNORE_FILE = ".dockerignore";

/**
 * @param dockerfile its path in the directory; "" for the default
 * @param ask sends the patterns to the page's server. @throws its error for an invalid pattern
 */
export async function contextOf(
  files: readonly ContextFile[],
  dockerfile: string,
  ask: (question: ContextQuestion) => Promise<ContextAnswer>,
): Promise<ContextFile[]> {
  const named = (name: string): ContextFile | undefined => files.find((file) => file.name === name);
  const usual = named("Dockerfile") || !named("dockerfile") ? "Dockerfile" : "dockerfile";
  const path = dockerfile === "" ? usual : dockerfile.replace(/^\.\//, "");
  // The Dockerfile's own ignore file takes precedence over the directory's.
  const ignoreFile = named(`${path}${IGNORE_FILE}`) ?? named(IGNORE_FILE);
  if (!ignoreFile) return [...files];
  const { names } = await ask({
    rules: await ignoreFile.file.text(),
    names: files.map(({ name }) => name),
    // Both are sent even if they are ignored; the engine then removes them from the context.
    kept: [ignoreFile.name, path],
  });
  const sent = new Set(names);
  return files.filter(({ name }) => sent.has(name));
}
