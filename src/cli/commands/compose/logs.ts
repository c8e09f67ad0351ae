// `compose logs`: prints the containers' output, each line with its container's name as prefix.
import { type ObservedContainer, observeContainers } from "../../../compose/project/observed.ts";
import { CommandError } from "../../failure.ts";
import { integer, text, toggle } from "../../flags/kinds.ts";
import { readPointInTime } from "../../times.ts";
import { composeCommand } from "./command.ts";
import { LogFollower } from "./log-follower.ts";
import { LogLines } from "./log-lines.ts";
import { LogReader } from "./log-reader.ts";

export const logs = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    follow: toggle("Follow log output", { short: "f" }),
    index: integer("index of the container if service has multiple replicas"),
    "no-color": toggle("Produce monochrome output"),
    "no-log-prefix": toggle("Don't print prefix in logs"),
    since: text("Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
    tail: text("Number of lines to show from the end of the logs for each container", { short: "n", initial: "all" }),
    timestamps: toggle("Show timestamps", { short: "t" }),
    until: text("Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
  },
  async run({ compose, flags, args }) {
    if (flags.index !== undefined && args.length !== 1) {
      throw new CommandError("--index requires one service to be selected");
    }
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    // Only a project without files shows containers of services that it does not know.
    const services = args.length > 0 || project.files.length === 0 ? args : [...project.services.keys()];
    const isWanted = ({ service, number }: ObservedContainer): boolean =>
      (services.length === 0 || services.includes(service)) && (flags.index === undefined || number === flags.index);
    const lines = new LogLines(compose, project.name, {
      hasColours: !flags["no-color"],
      hasPrefix: !flags["no-log-prefix"],
      mergesStreams: true,
    });
    const selection = {
      timestamps: flags.timestamps,
      tail: flags.tail,
      since: readPointInTime(flags.since, "since"),
      until: readPointInTime(flags.until, "until"),
    };
    const reader = new LogReader(engine, lines, compose.warn);
    if (flags.follow) {
      return new LogFollower(engine, lines, reader, { project: project.name, isWanted, selection }).run();
    }
    const containers = (await observeContainers(engine, project.name)).filter(isWanted);
    lines.expect(containers);
    for (const container of containers) await reader.show(container, { ...selection, follow: false });
  },
});
