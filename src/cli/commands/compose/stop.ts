import { Stopper } from "../../../compose/project/stop.ts";
import { composeCommand } from "./command.ts";
import type { ComposeSession } from "./session.ts";
import { dryRunFlag, timeoutFlag } from "./up-flags.ts";

const dry = (compose: ComposeSession, dryRun: boolean): ComposeSession =>
  compose.with({ dryRun: compose.options.dryRun || dryRun });

export const stop = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: { "dry-run": dryRunFlag, timeout: timeoutFlag },
  async run({ compose: given, flags, args }) {
    const compose = dry(given, flags["dry-run"]);
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const { parallel } = compose.options;
    await compose.withProgress("Stopping", (progress) =>
      new Stopper(engine, progress, project, { services: args, timeout: flags.timeout, parallel }).stop(),
    );
  },
});
