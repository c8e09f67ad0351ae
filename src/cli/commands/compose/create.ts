// `compose create`: creates the containers of the project without starting them.
import { bringUp } from "./bring-up.ts";
import { composeCommand } from "./command.ts";
import { createFlags, createSettings, dryRunFlag, withScales } from "./up-flags.ts";

export const create = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: { ...createFlags, "dry-run": dryRunFlag },
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    const settings = createSettings(flags);
    const project = withScales(await compose.project(args), flags.scale);
    await compose.withProgress("Creating", (progress) =>
      bringUp(compose, project, progress, {
        ...settings,
        services: args,
        recreateDependencies: "diverged",
        inherits: true,
        timeout: undefined,
        removesOrphans: flags["remove-orphans"],
        quietPull: flags["quiet-pull"],
        quietBuild: false,
        assumesYes: flags.yes,
      }),
    );
  },
});
