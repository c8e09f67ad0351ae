// `berth pause`: freezes all processes of containers.
import { atLeast, command } from "../../command.ts";
import { forEachTarget } from "../../targets.ts";

export const pause = command({
  usage: "CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["runningContainers"],
  flags: {},
  async run({ session, args }) {
    const berth = await session.berth();
    await forEachTarget(session, args, (container) => berth.containers.pause(container));
  },
});
