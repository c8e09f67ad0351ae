// `compose pause` and `compose unpause`: pause and unpause the containers' processes.
import type { Engine } from "../../../compose/project/engine.ts";
import { type ObservedContainer, observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { inParallel } from "../../../compose/project/order.ts";
import { type Progress, withProgress } from "../../../compose/project/progress.ts";
import { composeCommand } from "./command.ts";
import type { ComposeSession } from "./session.ts";
import { dryRunFlag } from "./up-flags.ts";

const dry = (compose: ComposeSession, dryRun: boolean): ComposeSession =>
  compose.with({ dryRun: compose.options.dryRun || dryRun });

type Change = (engine: Engine, id: string) => Promise<void>;

async function changeAll(
  compose: ComposeSession,
  services: readonly string[],
  verb: [string, string],
  isWanted: (container: ObservedContainer) => boolean,
  change: Change,
): Promise<void> {
  const project = await compose.existingProject(services);
  const engine = await compose.engine();
  const containers = ofServices(await observeContainers(engine, project.name, { all: false }), services);
  const work = (progress: Progress) =>
    inParallel(containers.filter(isWanted), compose.options.parallel, ({ id, name }) =>
      withProgress(progress, `Container ${name}`, verb, () => change(engine, id)),
    );
  await compose.withProgress("Running", work);
}

export const pause = composeCommand({
  usage: "[SERVICE...]",
  arity: () => undefined,
  flags: { "dry-run": dryRunFlag },
  run({ compose, flags, args }) {
    // The engine explains why a paused container cannot be paused.
    const isWanted = ({ isRunning }: ObservedContainer) => isRunning;
    return changeAll(dry(compose, flags["dry-run"]), args, ["Pausing", "Paused"], isWanted, (engine, id) =>
      engine.containers.pause(id),
    );
  },
});

export const unpause = composeCommand({
  usage: "[SERVICE...]",
  arity: () => undefined,
  flags: { "dry-run": dryRunFlag },
  run({ compose, flags, args }) {
    const isWanted = ({ summary }: ObservedContainer) => summary.State === "paused";
    return changeAll(dry(compose, flags["dry-run"]), args, ["Unpausing", "Unpaused"], isWanted, (engine, id) =>
      engine.containers.unpause(id),
    );
  },
});
