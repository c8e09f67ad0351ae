// `berth unpause`: thaws frozen containers.
import { atLeast, command } from "../../command.ts";
import { forEachTarget } from "../../targets.ts";

export const unpause = command({
  usage: "CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["runningContainers"],
  flags: {},
  async run({ session, args }) {
    const berth = await session.berth();
    await forEachTarget(session, args, (container) => berth.containers.unpause(container));
  },
});
