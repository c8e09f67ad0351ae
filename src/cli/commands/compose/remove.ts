// `compose rm`: removes stopped containers.
import { observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { inParallel } from "../../../compose/project/order.ts";
import { withProgress } from "../../../compose/project/progress.ts";
import { Stopper } from "../../../compose/project/stop.ts";
import { toggle } from "../../flags/kinds.ts";
import { confirm } from "../../terminal/prompt.ts";
import { composeCommand } from "./command.ts";
import { dryRunFlag } from "./up-flags.ts";

export const remove = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    all: toggle("Deprecated - no effect", { short: "a", hidden: true }),
    "dry-run": dryRunFlag,
    force: toggle("Don't ask to confirm removal", { short: "f" }),
    stop: toggle("Stop the containers, if required, before removing", { short: "s" }),
    volumes: toggle("Remove any anonymous volumes attached to containers", { short: "v" }),
  },
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    const { parallel } = compose.options;
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    if (flags.stop) {
      await compose.withProgress("Stopping", (progress) =>
        new Stopper(engine, progress, project, { services: args, timeout: undefined, parallel }).stop(),
      );
    }
    const containers = ofServices(await observeContainers(engine, project.name, { oneOffs: true }), args);
    const stopped = containers.filter(({ isRunning, isOneOff }) => !isRunning && (!isOneOff || args.length === 0));
    if (stopped.length === 0) {
      await compose.session.stderr.line("No stopped containers");
      return;
    }
    const names = stopped.map(({ name }) => name).join(", ");
    if (flags.force) await compose.session.stdout.line(`Going to remove ${names}`);
    else if (!(await confirm(compose.session, `? Going to remove ${names}`))) return;
    await compose.withProgress("Removing", (progress) =>
      inParallel(stopped, parallel, ({ id, name }) =>
        withProgress(progress, `Container ${name}`, ["Removing", "Removed"], () =>
          engine.containers.remove(id, { force: true, volumes: flags.volumes }),
        ),
      ),
    );
  },
});
