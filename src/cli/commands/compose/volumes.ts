// `compose volumes`: lists the volumes of the project.
import { projectFilter } from "../../../compose/project/labels.ts";
import { observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { tableFormat, toggle } from "../../flags/kinds.ts";
import { printList } from "../../output/print-list.ts";
import { volumeList } from "../../output/rows/volumes.ts";
import { composeCommand } from "./command.ts";

export const volumes = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: { format: tableFormat(), quiet: toggle("Only display volume names", { short: "q" }) },
  async run({ compose, flags, args }) {
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const { Volumes } = await engine.volumes.list(projectFilter(project.name));
    const used = ofServices(await observeContainers(engine, project.name), args).flatMap(({ summary }) =>
      summary.Mounts.map(({ Name }) => Name),
    );
    const shown = (Volumes ?? []).filter(({ Name }) => args.length === 0 || used.includes(Name));
    await printList(compose.session.stdout, shown, volumeList, { format: flags.format, quiet: flags.quiet });
  },
});
