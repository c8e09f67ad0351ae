// `berth attach`: attaches to the streams of a running container.
import type { ContainerInspect } from "../../../api/containers.ts";
import type { Berth } from "../../../client/index.ts";
import { windowSize } from "../../../linux/terminal.ts";
import { command, exactly } from "../../command.ts";
import { openStreams, proxySignalsTo, type StreamOptions, useStreams } from "../../container-streams.ts";
import { CommandError } from "../../failure.ts";
import { detachKeysFlag } from "../../flags/common.ts";
import { toggle } from "../../flags/kinds.ts";
import { requireTerminal } from "../../terminal/interactive.ts";

function refuseUnlessRunning({ State }: ContainerInspect): void {
  if (!State.Running) throw new CommandError("You cannot attach to a stopped container, start it first");
  if (State.Paused) throw new CommandError("You cannot attach to a paused container, unpause it first");
  if (State.Restarting) {
    throw new CommandError("You cannot attach to a restarting container, wait until it is running");
  }
}

/** First sends a size that is off by one, so that the program redraws its screen when the real size follows. */
async function nudge(berth: Berth, container: string): Promise<void> {
  const size = windowSize(1);
  if (size) await berth.containers.resize(container, size.rows + 1, size.columns + 1).catch(() => {});
}

export const attach = command({
  usage: "[OPTIONS] CONTAINER",
  arity: exactly(1),
  complete: ["runningContainers"],
  flags: {
    "detach-keys": detachKeysFlag(),
    "no-stdin": toggle("Do not attach STDIN"),
    "sig-proxy": toggle("Proxy all received signals to the process", { initial: true }),
  },
  async run({ session, flags, args }) {
    const [container = ""] = args;
    const berth = await session.berth();
    const inspected = await berth.containers.inspect(container);
    refuseUnlessRunning(inspected);
    const tty = inspected.Config.Tty ?? false;
    const options: StreamOptions = {
      container: inspected.Id,
      tty,
      stdin: !flags["no-stdin"] && (inspected.Config.OpenStdin ?? false),
      stdout: true,
      stderr: true,
      detachKeys: flags["detach-keys"],
    };
    requireTerminal(options);
    proxySignalsTo(berth, inspected.Id, flags["sig-proxy"] && !tty);
    const { result } = await berth.containers.waiting(inspected.Id);
    const stream = await openStreams(session, berth, options);
    if (tty) await nudge(berth, inspected.Id);
    if ((await useStreams(session, berth, stream, options)) === "detached") {
      throw new CommandError("read escape sequence");
    }
    return (await result).StatusCode;
  },
});
