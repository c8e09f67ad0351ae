// `berth top`: lists a container's processes, using ps(1) on the host.
import { atLeast, command } from "../../command.ts";
import { inColumns } from "../../output/columns.ts";

const COLUMNS = { least: 20, gap: 3 };

export const top = command({
  usage: "CONTAINER [ps OPTIONS]",
  arity: atLeast(1),
  complete: ["runningContainers"],
  flags: {},
  stopAtPositional: true,
  async run({ session, args }) {
    const [container = "", ...psArguments] = args;
    const berth = await session.berth();
    const { Titles, Processes } = await berth.containers.top(container, psArguments);
    const lines = [Titles, ...Processes].map((cells) => `${cells.join("\t")}\n`);
    await session.stdout.write(inColumns(lines.join(""), COLUMNS));
  },
});
