// `compose wait`: waits until containers exit.
import { Remover } from "../../../compose/project/down.ts";
import { observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { atLeast } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { toggle } from "../../flags/kinds.ts";
import { composeCommand } from "./command.ts";
import { dryRunFlag } from "./up-flags.ts";

export const wait = composeCommand({
  usage: "SERVICE [SERVICE...] [OPTIONS]",
  arity: atLeast(1),
  flags: { "down-project": toggle("Drops project when the first container stops"), "dry-run": dryRunFlag },
  async run({ compose, flags, args }) {
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const containers = ofServices(await observeContainers(engine, project.name), args);
    if (containers.length === 0) throw new CommandError(`no containers for project "${project.name}"`);
    const waits = containers.map(async ({ id }) => {
      const { StatusCode } = await engine.containers.wait(id);
      await compose.session.stdout.line(`container "${id}" exited with status code ${StatusCode}`);
      return StatusCode;
    });
    if (!flags["down-project"]) return (await Promise.all(waits)).at(-1) ?? 0;
    const code = await Promise.race(waits);
    await compose.withProgress("Running", (progress) =>
      new Remover(engine, progress, project, {
        services: [],
        removesOrphans: false,
        volumes: false,
        images: "none",
        timeout: undefined,
        parallel: compose.options.parallel,
        separator: compose.separator,
      }).run(),
    );
    return code;
  },
});
