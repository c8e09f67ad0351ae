// `compose kill`: sends a signal to containers.
import { isConflict } from "../../../compose/project/failures.ts";
import { observeContainers, ofServices, orphansOf } from "../../../compose/project/observed.ts";
import { inParallel } from "../../../compose/project/order.ts";
import { withProgress } from "../../../compose/project/progress.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { composeCommand } from "./command.ts";
import type { ComposeSession } from "./session.ts";
import { dryRunFlag } from "./up-flags.ts";

const dry = (compose: ComposeSession, dryRun: boolean): ComposeSession =>
  compose.with({ dryRun: compose.options.dryRun || dryRun });

export const kill = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    "remove-orphans": toggle("Remove containers for services not defined in the Compose file"),
    signal: text("SIGNAL to send to the container", { short: "s", initial: "SIGKILL" }),
  },
  async run({ compose: given, flags, args }) {
    const compose = dry(given, flags["dry-run"]);
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const containers = await observeContainers(engine, project.name, { all: false });
    const orphans = flags["remove-orphans"] ? orphansOf(project, containers) : [];
    const own = ofServices(containers, args).filter((container) => !orphansOf(project, [container]).length);
    const wanted = [...own, ...orphans];
    if (wanted.length === 0) {
      await compose.session.stderr.line(`no container to kill`);
      return;
    }
    await compose.withProgress("Killing", (progress) =>
      inParallel(wanted, compose.options.parallel, ({ id, name }) =>
        withProgress(progress, `Container ${name}`, ["Killing", "Killed"], async () => {
          await engine.containers.kill(id, flags.signal).catch((thrown: unknown) => {
            if (!isConflict(thrown)) throw thrown;
          });
        }),
      ),
    );
  },
});
