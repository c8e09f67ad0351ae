// `berth restart`: stops containers and starts them again.
import { atLeast, command } from "../../command.ts";
import { signalFlag, timeoutFlag } from "../../flags/common.ts";
import { forEachTarget } from "../../targets.ts";

export const restart = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["containers"],
  flags: { signal: signalFlag(), timeout: timeoutFlag() },
  async run({ session, flags, args }) {
    const berth = await session.berth();
    const { signal, timeout } = flags;
    await forEachTarget(session, args, (container) => berth.containers.restart(container, { signal, timeout }));
  },
});
