// The options of `compose` that precede its subcommands.
import type { FlagValues } from "../../flags/flag.ts";
import { integer, list, splitCommas, text, toggle } from "../../flags/kinds.ts";
import { addDotenvSettings } from "./dotenv-settings.ts";

export const composeFlags = {
  "all-resources": toggle("Include all resources, even those not used by services"),
  ansi: text('Control when to print ANSI control characters ("never"|"always"|"auto")', {
    initial: "auto",
    complete: ["never", "always", "auto"],
  }),
  compatibility: toggle("Run compose in backward compatibility mode"),
  "dry-run": toggle("Execute command in dry run mode"),
  "env-file": list("Specify an alternate environment file", { type: "stringArray", complete: "files" }),
  file: list("Compose configuration files", { type: "stringArray", short: "f", complete: "files" }),
  "no-ansi": toggle("Do not print ANSI control characters (DEPRECATED)", { hidden: true }),
  parallel: integer("Control max parallelism, -1 for unlimited", { shownDefault: "-1" }),
  profile: list("Specify a profile to enable", { type: "stringArray" }),
  progress: text("Set type of progress output (auto, tty, plain, json, quiet)", {
    complete: ["auto", "tty", "plain", "json", "quiet"],
  }),
  "project-directory": text(
    "Specify an alternate working directory\n(default: the path of the, first specified, Compose file)",
    { complete: "files" },
  ),
  "project-name": text("Project name", { short: "p", complete: "composeProjects" }),
  verbose: toggle("Show more output", { hidden: true }),
  version: toggle("Show the Docker Compose version information", { short: "v", hidden: true }),
  workdir: text("DEPRECATED! USE --project-directory INSTEAD.", { hidden: true }),
};

export interface ComposeOptions {
  allResources: boolean;
  ansi: "never" | "always" | "auto";
  /** Separates names with "_", as docker-compose 1.x does. */
  compatibility: boolean;
  dryRun: boolean;
  environmentFiles: readonly string[];
  files: readonly string[];
  /** Maximum number of concurrent operations; undefined is unlimited. */
  parallel: number | undefined;
  profiles: readonly string[];
  progress: "auto" | "tty" | "plain" | "json" | "quiet";
  projectDirectory: string | undefined;
  projectName: string | undefined;
  /** Shows debug messages. */
  verbose: boolean;
}

/** How Compose parses boolean variables. */
export const isTrue = (text: string | undefined): boolean =>
  ["1", "t", "true", "y", "yes"].includes((text ?? "").toLowerCase());

const ANSI = ["never", "always", "auto"] as const;
const PROGRESS = ["auto", "tty", "plain", "json", "quiet"] as const;

function environmentFilesOf({ "env-file": given }: FlagValues<typeof composeFlags>): readonly string[] {
  const { COMPOSE_ENV_FILES: listed } = process.env;
  return given.length > 0 || !listed ? given : splitCommas(listed);
}

/**
 * Resolves the options, with defaults from the environment and from the project's env files.
 * @throws Error in Compose's words
 */
export function composeOptions(values: FlagValues<typeof composeFlags>, given: ReadonlySet<string>): ComposeOptions {
  const { env } = process;
  const environmentFiles = environmentFilesOf(values);
  const projectDirectory = values["project-directory"] || values.workdir || undefined;
  addDotenvSettings({ environmentFiles, projectDirectory, files: values.file });
  const shownAnsi = given.has("ansi") ? values.ansi : (env.COMPOSE_ANSI ?? (values["no-ansi"] ? "never" : "auto"));
  const ansi = ANSI.find((mode) => mode === shownAnsi);
  if (ansi === undefined) throw new Error(`unsupported --ansi value ${JSON.stringify(shownAnsi)}`);
  const shownProgress = values.progress || env.COMPOSE_PROGRESS || "auto";
  const progress = PROGRESS.find((mode) => mode === shownProgress);
  if (progress === undefined) throw new Error(`unsupported --progress value ${JSON.stringify(shownProgress)}`);
  const limit = given.has("parallel") ? values.parallel : readLimit(env.COMPOSE_PARALLEL_LIMIT);
  return {
    allResources: values["all-resources"],
    ansi,
    compatibility: values.compatibility || isTrue(env.COMPOSE_COMPATIBILITY),
    dryRun: values["dry-run"],
    environmentFiles,
    files: values.file,
    parallel: limit !== undefined && limit > 0 ? limit : undefined,
    profiles: values.profile,
    progress,
    projectDirectory,
    projectName: values["project-name"] || undefined,
    verbose: values.verbose,
  };
}

function readLimit(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^-?\d+$/.test(text))
    throw new Error(`COMPOSE_PARALLEL_LIMIT must be an integer (found: ${JSON.stringify(text)})`);
  return Number(text);
}
