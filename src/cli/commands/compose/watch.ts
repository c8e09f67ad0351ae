// `compose watch`: brings the project up and applies file changes to the containers until interrupted.
import { withSelected } from "../../../compose/model/project.ts";
import { Starter } from "../../../compose/project/start.ts";
import { toggle } from "../../flags/kinds.ts";
import { bringUp } from "./bring-up.ts";
import { composeCommand } from "./command.ts";
import { dryRunFlag } from "./up-flags.ts";
import { Watcher } from "./watcher.ts";

export const watchFiles = composeCommand({
  usage: "[SERVICE...]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    "no-up": toggle("Do not build & start services before watching"),
    prune: toggle("Prune dangling images on rebuild", { initial: true }),
    quiet: toggle("hide build output"),
  },
  async run({ compose, flags, args }) {
    const project = withSelected(await compose.project(args), args);
    const engine = await compose.engine();
    const say = (line: string): Promise<void> => compose.session.stdout.line(line);
    const watcher = new Watcher(compose, engine, project, flags.prune, say);
    if (!flags["no-up"]) {
      await compose.withProgress("Running", async (progress) => {
        const provided = await bringUp(compose, project, progress, {
          build: "always",
          pull: undefined,
          recreate: "diverged",
          services: args,
          recreateDependencies: "diverged",
          inherits: true,
          timeout: undefined,
          removesOrphans: false,
          quietPull: false,
          quietBuild: flags.quiet,
          assumesYes: false,
        });
        const options = { services: [], waits: false, waitTimeout: undefined, isDryRun: false };
        await new Starter(engine, progress, provided, options).run();
      });
    }
    await watcher.start();
    // Runs until a signal ends the program.
    await new Promise<never>(() => undefined);
  },
});
