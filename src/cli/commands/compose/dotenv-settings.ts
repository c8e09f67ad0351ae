// Compose's own settings, `COMPOSE_…`, in the env files of a project.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseDotenv } from "../../../compose/model/dotenv.ts";

export interface EnvFileOptions {
  /** --env-file or COMPOSE_ENV_FILES. */
  environmentFiles: readonly string[];
  projectDirectory: string | undefined;
  files: readonly string[];
}

function envFiles({ environmentFiles, projectDirectory, files }: EnvFileOptions, directory: string): string[] {
  if (environmentFiles.length > 0) return environmentFiles.map((path) => resolve(directory, path));
  const [first] = files.filter((file) => file !== "-");
  const place = projectDirectory ?? (first === undefined ? "." : dirname(first));
  return [join(resolve(directory, place), ".env")];
}

/**
 * Adds these settings to the environment, which takes precedence. What is wrong with a file is reported when the project
 * is opened.
 */
export function addDotenvSettings(options: EnvFileOptions): void {
  const { env } = process;
  if (["1", "t", "true"].includes((env.COMPOSE_DISABLE_ENV_FILE ?? "").toLowerCase())) return;
  const found = new Map<string, string>();
  try {
    for (const path of envFiles(options, env.PWD || process.cwd())) {
      if (!existsSync(path) || statSync(path).isDirectory()) continue;
      parseDotenv(readFileSync(path, "utf8"), found, (name) => env[name] ?? found.get(name));
    }
  } catch {
    return;
  }
  for (const [name, value] of found) if (name.startsWith("COMPOSE_")) env[name] ??= value;
}
