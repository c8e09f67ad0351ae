// Flags shared by `up`, `create` and `run`, and their interpretation.
import type { Project } from "../../../compose/model/project.ts";
import type { RecreatePolicy } from "../../../compose/project/converge.ts";
import { CommandError } from "../../failure.ts";
import { integer, list, text, toggle } from "../../flags/kinds.ts";

export const createFlags = {
  build: toggle("Build images before starting containers"),
  "force-recreate": toggle("Recreate containers even if their configuration and image haven't changed"),
  "no-build": toggle("Don't build an image, even if it's policy"),
  "no-recreate": toggle("If containers already exist, don't recreate them. Incompatible with --force-recreate."),
  pull: text('Pull image before running ("always"|"missing"|"never"|"build")', {
    initial: "policy",
    complete: ["always", "missing", "never", "build"],
  }),
  "quiet-pull": toggle("Pull without printing progress information"),
  "remove-orphans": toggle("Remove containers for services not defined in the Compose file"),
  scale: list("Scale SERVICE to NUM instances. Overrides the `scale` setting in the Compose file if present.", {
    type: "scale",
  }),
  yes: toggle('Assume "yes" as answer to all prompts and run non-interactively', { short: "y" }),
};

export const timeoutFlag = integer("Specify a shutdown timeout in seconds", { short: "t" });

export const dryRunFlag = toggle("Execute command in dry run mode");

export interface CreateSettings {
  build: "always" | "missing" | "never";
  pull: "always" | "missing" | "never" | "build" | undefined;
  recreate: RecreatePolicy;
}

const PULLS = ["always", "missing", "never", "build"] as const;

export function createSettings(values: {
  readonly build: boolean;
  readonly "no-build": boolean;
  readonly "force-recreate": boolean;
  readonly "no-recreate": boolean;
  readonly pull: string;
}): CreateSettings {
  if (values.build && values["no-build"]) throw new CommandError("--build and --no-build are incompatible");
  if (values["force-recreate"] && values["no-recreate"]) {
    throw new CommandError("--force-recreate and --no-recreate are incompatible");
  }
  const pull = PULLS.find((policy) => policy === values.pull);
  if (pull === undefined && values.pull !== "policy" && values.pull !== "") {
    throw new CommandError(`invalid --pull option ${JSON.stringify(values.pull)}`);
  }
  return {
    build: values.build ? "always" : values["no-build"] ? "never" : "missing",
    pull,
    recreate: values["force-recreate"] ? "force" : values["no-recreate"] ? "never" : "diverged",
  };
}

/** The project with the container counts of `--scale web=2`. */
export function withScales(project: Project, scales: readonly string[]): Project {
  const services = new Map(project.services);
  for (const scale of scales) {
    const [, name = "", count] = /^(.+)=(\d+)$/.exec(scale) ?? [];
    if (count === undefined) {
      throw new CommandError(`invalid --scale option ${JSON.stringify(scale)}. Should be SERVICE=NUM`);
    }
    const service = services.get(name);
    if (!service) throw new CommandError(`no such service: ${name}: not found`);
    services.set(name, { ...service, scale: Number(count) });
  }
  return { ...project, services };
}
