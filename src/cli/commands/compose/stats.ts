// `compose stats`: shows the containers' resource usage.
import { observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { tableFormat, toggle } from "../../flags/kinds.ts";
import { stats as containerStats } from "../container/stats.ts";
import { composeCommand } from "./command.ts";
import { delegate } from "./delegate.ts";

export const stats = composeCommand({
  usage: "[OPTIONS] [SERVICE]",
  arity: () => undefined,
  flags: {
    all: toggle("Show all containers (default shows just running)", { short: "a" }),
    format: tableFormat(),
    "no-stream": toggle("Disable streaming stats and only pull the first result"),
    "no-trunc": toggle("Do not truncate output"),
  },
  async run({ compose, flags, args }) {
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const containers = ofServices(await observeContainers(engine, project.name, { all: flags.all }), args);
    if (containers.length === 0) return 0;
    return delegate(compose, containerStats, [
      ...(flags.all ? ["--all"] : []),
      ...(flags.format === "" ? [] : [`--format=${flags.format}`]),
      ...(flags["no-stream"] ? ["--no-stream"] : []),
      ...(flags["no-trunc"] ? ["--no-trunc"] : []),
      ...containers.map(({ id }) => id),
    ]);
  },
});
