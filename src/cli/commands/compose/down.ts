// `compose down`: removes what `up` created.
import { Remover } from "../../../compose/project/down.ts";
import { CommandError } from "../../failure.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { composeCommand } from "./command.ts";
import { stopProviders } from "./providers.ts";
import { dryRunFlag, timeoutFlag } from "./up-flags.ts";

export const down = composeCommand({
  usage: "[OPTIONS] [SERVICES]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    "remove-orphans": toggle("Remove containers for services not defined in the Compose file"),
    rmi: text(
      'Remove images used by services. "local" remove only images that don\'t have a custom tag ("local"|"all")',
      {
        complete: ["local", "all"],
      },
    ),
    timeout: timeoutFlag,
    volumes: toggle(
      'Remove named volumes declared in the "volumes" section of the Compose file and anonymous volumes attached to containers',
      { short: "v" },
    ),
  },
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    if (!["", "local", "all"].includes(flags.rmi))
      throw new CommandError(`invalid value for --rmi: ${JSON.stringify(flags.rmi)}`);
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const isOrphanRemoval =
      flags["remove-orphans"] ||
      process.env.COMPOSE_REMOVE_ORPHANS === "1" ||
      process.env.COMPOSE_REMOVE_ORPHANS === "true";
    await compose.withProgress("Running", async (progress) => {
      if (args.length === 0) await stopProviders(compose, project, progress);
      await new Remover(engine, progress, project, {
        services: args,
        removesOrphans: isOrphanRemoval,
        volumes: flags.volumes,
        images: flags.rmi === "all" ? "all" : flags.rmi === "local" ? "local" : "none",
        timeout: flags.timeout,
        parallel: compose.options.parallel,
        separator: compose.separator,
      }).run();
    });
  },
});
