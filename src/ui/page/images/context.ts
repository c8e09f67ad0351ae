// The files of a directory that make the context of a build: those that its .dockerignore leaves.
import { IgnoreRules } from "../../../client/ignore-rules.ts";

export interface ContextFile {
  /** Path below the directory. */
  name: string;
  file: File;
}

const IGNORE_FILE = ".dockerignore";

/** @param dockerfile its path in the directory; "" for the usual one. @throws SyntaxError for an invalid pattern */
export async function contextOf(files: readonly ContextFile[], dockerfile: string): Promise<ContextFile[]> {
  const named = (name: string): ContextFile | undefined => files.find((file) => file.name === name);
  const usual = named("Dockerfile") || !named("dockerfile") ? "Dockerfile" : "dockerfile";
  const path = dockerfile === "" ? usual : dockerfile.replace(/^\.\//, "");
  // Rules of the Dockerfile's own come before those of the directory.
  const ignoreFile = named(`${path}${IGNORE_FILE}`) ?? named(IGNORE_FILE);
  if (!ignoreFile) return [...files];
  const rules = new IgnoreRules(await ignoreFile.file.text());
  // Both are sent even if they are ignored; the engine then removes them from the context.
  rules.keep(ignoreFile.name);
  rules.keep(path);
  return files.filter(({ name }) => !rules.ignores(name));
}
