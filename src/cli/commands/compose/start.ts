// `compose start`: starts existing containers.
import { withSelected } from "../../../compose/model/project.ts";
import { observeContainers } from "../../../compose/project/observed.ts";
import { Starter } from "../../../compose/project/start.ts";
import { CommandError } from "../../failure.ts";
import { integer, toggle } from "../../flags/kinds.ts";
import { composeCommand } from "./command.ts";
import type { ComposeSession } from "./session.ts";
import { dryRunFlag } from "./up-flags.ts";

const dry = (compose: ComposeSession, dryRun: boolean): ComposeSession =>
  compose.with({ dryRun: compose.options.dryRun || dryRun });

export const start = composeCommand({
  usage: "[SERVICE...]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    wait: toggle("Wait for services to be running|healthy. Implies detached mode."),
    "wait-timeout": integer("Maximum duration in seconds to wait for the project to be running|healthy"),
  },
  async run({ compose: given, flags, args }) {
    const compose = dry(given, flags["dry-run"]);
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const containers = await observeContainers(engine, project.name);
    const present = new Set(containers.map(({ service }) => service));
    for (const name of args) {
      if (!present.has(name)) throw new CommandError(`service "${name}" has no container to start`);
    }
    if (present.size === 0) throw new CommandError(`no container found for project "${project.name}": not found`);
    const selected = withSelected(project, args);
    const services = new Map([...selected.services].filter(([name]) => present.has(name)));
    await compose.withProgress("Running", (progress) =>
      new Starter(
        engine,
        progress,
        { ...project, services },
        {
          services: [],
          waits: flags.wait,
          waitTimeout: flags["wait-timeout"] === undefined ? undefined : flags["wait-timeout"] * 1000,
          isDryRun: compose.options.dryRun,
        },
      ).run(),
    );
  },
});
