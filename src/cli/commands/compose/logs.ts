// `compose logs`: prints the containers' output, each line with its container's name as prefix.
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../../../compose/project/engine.ts";
import { type ObservedContainer, observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { CommandError } from "../../failure.ts";
import { integer, text, toggle } from "../../flags/kinds.ts";
import { readPointInTime } from "../../times.ts";
import { composeCommand } from "./command.ts";
import { LogLines } from "./log-lines.ts";

/** Polling interval for a restarting container, in milliseconds. */
const INTERVAL = 200;

/** When the container's previous run ended, once it runs again; undefined when it will not restart by itself. */
async function nextStart(engine: Engine, { id }: ObservedContainer): Promise<string | undefined> {
  for (;;) {
    const inspected = await engine.containers.inspect(id).catch(() => undefined);
    if (inspected?.State.Running && !inspected.State.Restarting) return inspected.State.FinishedAt;
    if (!inspected?.State.Restarting) return undefined;
    await sleep(INTERVAL);
  }
}

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
    const all = ofServices(await observeContainers(engine, project.name), args).filter(
      ({ number }) => flags.index === undefined || number === flags.index,
    );
    const lines = new LogLines(compose, project.name, {
      hasColours: !flags["no-color"],
      hasPrefix: !flags["no-log-prefix"],
    });
    lines.expect(all);
    const options = {
      follow: flags.follow,
      timestamps: flags.timestamps,
      tail: flags.tail,
      since: readPointInTime(flags.since, "since"),
      until: readPointInTime(flags.until, "until"),
    };
    const show = async (container: ObservedContainer): Promise<void> => {
      let current = options;
      for (;;) {
        for await (const frame of engine.containers.logs(container.id, current)) await lines.frame(container, frame);
        await lines.end(container);
        const since = flags.follow ? await nextStart(engine, container) : undefined;
        if (since === undefined) return;
        current = { ...options, since, tail: "all" };
      }
    };
    if (flags.follow) await Promise.all(all.map(show));
    else for (const container of all) await show(container);
  },
});
