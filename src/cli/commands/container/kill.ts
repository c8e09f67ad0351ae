// `berth kill`: sends a signal, SIGKILL by default.
import { atLeast, command } from "../../command.ts";
import { signalFlag } from "../../flags/common.ts";
import { forEachTarget } from "../../targets.ts";

export const kill = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["runningContainers"],
  flags: { signal: signalFlag() },
  async run({ session, flags, args }) {
    const berth = await session.berth();
    await forEachTarget(session, args, (container) => berth.containers.kill(container, flags.signal));
  },
});
