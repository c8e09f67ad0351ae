// `berth stop`: asks containers to stop and kills them after a timeout.
import { atLeast, command } from "../../command.ts";
import { signalFlag, timeoutFlag } from "../../flags/common.ts";
import { forEachTarget } from "../../targets.ts";

export const stop = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["runningContainers"],
  flags: { signal: signalFlag(), timeout: timeoutFlag() },
  async run({ session, flags, args }) {
    const berth = await session.berth();
    const { signal, timeout } = flags;
    await forEachTarget(session, args, (container) => berth.containers.stop(container, { signal, timeout }));
  },
});
