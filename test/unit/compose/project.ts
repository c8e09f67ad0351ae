// Projects whose files are texts of a test.
import type { Sources } from "../../../src/compose/model/sources.ts";
import { defaultOpenOptions, Opener, type OpenOptions } from "../../../src/compose/open.ts";

export interface Opened {
  opener: Opener;
  warnings: string[];
}

/** Files by their absolute paths; the project is in /project. */
export function sourcesOf(files: Readonly<Record<string, string>>): Sources {
  const directories = Object.keys(files).map((path) => path.slice(0, path.lastIndexOf("/")));
  return {
    async composeFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`open ${path}: no such file or directory`);
      return text;
    },
    variables: async (path) => files[path],
    isFile: (path) => path in files,
    isDirectory: (path) => directories.some((directory) => directory === path || directory.startsWith(`${path}/`)),
    fetched: async () => undefined,
  };
}

export function open(files: string | Readonly<Record<string, string>>, options: Partial<OpenOptions> = {}): Opened {
  const all = typeof files === "string" ? { "/project/compose.yaml": files } : files;
  const warnings: string[] = [];
  const whole: OpenOptions = {
    ...defaultOpenOptions,
    keepsUnused: true,
    files: [],
    projectDirectory: undefined,
    environmentFiles: [],
    projectName: undefined,
    profiles: [],
    environment: {},
    currentDirectory: "/project",
    ...options,
  };
  return { opener: new Opener(sourcesOf(all), whole, (message) => warnings.push(message)), warnings };
}

/** What a project is refused with. */
export async function refusal(
  files: string | Readonly<Record<string, string>>,
  options: Partial<OpenOptions> = {},
): Promise<string> {
  try {
    await open(files, options).opener.project();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  return "";
}
