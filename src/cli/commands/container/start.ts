// `berth start`: starts existing containers; attaches to one of them if asked.
import type { ContainerInspect } from "../../../api/containers.ts";
import type { Berth } from "../../../client/index.ts";
import { atLeast, command } from "../../command.ts";
import { openStreams, proxySignalsTo, type StreamOptions, useStreams } from "../../container-streams.ts";
import { CommandError } from "../../failure.ts";
import { detachKeysFlag } from "../../flags/common.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";
import { requireTerminal } from "../../terminal/interactive.ts";

const flags = {
  attach: toggle("Attach STDOUT/STDERR and forward signals", { short: "a" }),
  checkpoint: text("Restore from this checkpoint", { hidden: true }),
  "checkpoint-dir": text("Use a custom checkpoint storage directory", { hidden: true }),
  "detach-keys": detachKeysFlag(),
  interactive: toggle("Attach container's STDIN", { short: "i" }),
};

async function startAll(session: Session, berth: Berth, containers: readonly string[]): Promise<void> {
  const failed: string[] = [];
  const errors: string[] = [];
  for (const container of containers) {
    try {
      await berth.containers.start(container);
      await session.stdout.line(container);
    } catch (thrown) {
      errors.push(failureText(thrown));
      await session.stderr.line(failureText(thrown));
      failed.push(container);
    }
  }
  if (failed.length === 0) return;
  throw new CommandError(`Error: failed to start containers: ${failed.join(", ")}`, 1, errors.join("\n"));
}

/** Attaches, starts and waits; returns the container's exit code. */
async function startAndStay(
  session: Session,
  berth: Berth,
  { Id, Config, HostConfig }: ContainerInspect,
  flags: { stdin: boolean; detachKeys: string },
): Promise<number> {
  const options: StreamOptions = {
    container: Id,
    tty: Config.Tty ?? false,
    stdin: flags.stdin && (Config.OpenStdin ?? false),
    stdout: true,
    stderr: true,
    detachKeys: flags.detachKeys,
  };
  requireTerminal(options);
  const proxied = proxySignalsTo(berth, Id, !options.tty);
  const condition = HostConfig.AutoRemove ? "removed" : "next-exit";
  const [stream, { result }] = await Promise.all([
    openStreams(session, berth, options),
    berth.containers.waiting(Id, condition),
  ]);
  try {
    await berth.containers.start(Id, { detachKeys: options.detachKeys });
  } catch (thrown) {
    stream.close();
    throw thrown;
  }
  if ((await useStreams(session, berth, stream, options)) === "detached") return 0;
  const { StatusCode } = await result;
  proxied();
  return StatusCode;
}

export const start = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["stoppedContainers"],
  flags,
  async run({ session, flags: values, args }) {
    if (values.checkpoint !== "" || values["checkpoint-dir"] !== "") {
      throw new CommandError("--checkpoint is not part of Berth: containers are not restored from CRIU images");
    }
    const berth = await session.berth();
    if (!values.attach && !values.interactive) {
      await startAll(session, berth, args);
      return 0;
    }
    const [container = "", ...others] = args;
    if (others.length > 0) throw new CommandError("you cannot start and attach multiple containers at once");
    const inspected = await berth.containers.inspect(container);
    const options = { stdin: values.interactive, detachKeys: values["detach-keys"] };
    return startAndStay(session, berth, inspected, options);
  },
});
