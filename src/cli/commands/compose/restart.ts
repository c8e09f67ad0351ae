// `compose restart`: stops containers and starts them again.
import { dependentsOf } from "../../../compose/model/project.ts";
import { observeContainers } from "../../../compose/project/observed.ts";
import { inDependencyOrder, inParallel } from "../../../compose/project/order.ts";
import { withProgress } from "../../../compose/project/progress.ts";
import { toggle } from "../../flags/kinds.ts";
import { composeCommand } from "./command.ts";
import type { ComposeSession } from "./session.ts";
import { dryRunFlag, timeoutFlag } from "./up-flags.ts";

const dry = (compose: ComposeSession, dryRun: boolean): ComposeSession =>
  compose.with({ dryRun: compose.options.dryRun || dryRun });

export const restart = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    "no-deps": toggle("Don't restart dependent services"),
    timeout: timeoutFlag,
  },
  async run({ compose: given, flags, args }) {
    const compose = dry(given, flags["dry-run"]);
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const containers = await observeContainers(engine, project.name);
    const named = args.length === 0 ? [...project.services.keys()] : args;
    const dependents = flags["no-deps"]
      ? []
      : named.flatMap((name) =>
          [...dependentsOf(project, name)].flatMap(([dependent, { restart: follows }]) => (follows ? [dependent] : [])),
        );
    const wanted = new Set([...named, ...dependents]);
    await compose.withProgress("Restarting", (progress) =>
      inDependencyOrder(project, async (name) => {
        if (!wanted.has(name)) return;
        const own = containers.filter(({ service }) => service === name);
        await inParallel(own, compose.options.parallel, ({ id, name: container }) =>
          withProgress(progress, `Container ${container}`, ["Restarting", "Started"], () =>
            engine.containers.restart(id, { timeout: flags.timeout }),
          ),
        );
      }),
    );
  },
});
