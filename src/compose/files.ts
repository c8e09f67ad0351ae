// Reads project files from the local disk; nothing else in this folder does.
import { readFileSync, statSync } from "node:fs";
import { ComposeError } from "./model/compose-error.ts";
import type { Sources } from "./model/sources.ts";
import { MAX_FILE_BYTES } from "./model/yaml.ts";

function kindOf(path: string): "file" | "directory" | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  return stat.isDirectory() ? "directory" : "file";
}

/** Go's messages for errors when opening a file. */
function openFailure(path: string, thrown: unknown): ComposeError {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EISDIR: "is a directory",
    ENOTDIR: "not a directory",
  };
  return new ComposeError(`open ${path}: ${reasons[String(code)] ?? String(thrown)}`);
}

function read(path: string): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_FILE_BYTES) throw new ComposeError(`${path}: file is larger than ${MAX_FILE_BYTES} bytes`);
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw openFailure(path, thrown);
  }
}

/** @param fetched fetches files with git addresses */
export function diskSources(fetched: Sources["fetched"]): Sources {
  let standardInput: Promise<string> | undefined;
  return {
    async composeFile(path) {
      if (path !== "-") return read(path);
      standardInput ??= Bun.stdin.text();
      return standardInput;
    },
    async variables(path) {
      return kindOf(path) === undefined ? undefined : read(path);
    },
    isFile: (path) => kindOf(path) === "file",
    isDirectory: (path) => kindOf(path) === "directory",
    fetched,
  };
}
