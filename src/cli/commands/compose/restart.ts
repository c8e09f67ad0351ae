// `compose restart`: stops containers and starts them again.
import { restartServices } from "../../../compose/project/restart.ts";
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
    await compose.withProgress("Restarting", (progress) =>
      restartServices(engine, progress, project, {
        services: args,
        withDependents: !flags["no-deps"],
        timeout: flags.timeout,
        parallel: compose.options.parallel,
        isDryRun: compose.options.dryRun,
      }),
    );
  },
});
