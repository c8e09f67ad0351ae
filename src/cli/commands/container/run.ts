// `berth run`: creates and starts a container and, unless detached, waits for it to exit.
import type { CreateContainerRequest } from "../../../api/containers.ts";
import type { Berth } from "../../../client/index.ts";
import { windowSize } from "../../../linux/terminal.ts";
import { atLeast, command } from "../../command.ts";
import { checkPullOption, createContainer } from "../../container-spec/create.ts";
import { createFlags } from "../../container-spec/flags.ts";
import { createRequest } from "../../container-spec/request.ts";
import { runFailure, withHelp } from "../../container-spec/run-failure.ts";
import { openStreams, proxySignalsTo, type StreamOptions, useStreams } from "../../container-streams.ts";
import { CommandError } from "../../failure.ts";
import { detachKeysFlag } from "../../flags/common.ts";
import type { FlagValues } from "../../flags/flag.ts";
import { toggle } from "../../flags/kinds.ts";
import type { Session } from "../../session.ts";
import { requireTerminal } from "../../terminal/interactive.ts";

const flags = {
  ...createFlags('Pull image before running ("always", "missing", "never")'),
  detach: toggle("Run container in background and print container ID", { short: "d" }),
  "detach-keys": detachKeysFlag(),
  "end-with-client": toggle("Stop the container when this command exits for any reason", { addition: true }),
  "sig-proxy": toggle("Proxy received signals to the process", { initial: true }),
  wait: toggle("Run in the background and wait until the container is healthy", { addition: true }),
};

type RunValues = FlagValues<typeof flags>;

const isDetached = ({ detach, wait }: RunValues): boolean => detach || wait;

/** @throws CommandError */
function checkLife(values: RunValues): void {
  if (values["end-with-client"] && isDetached(values)) {
    throw new CommandError("conflicting options: what runs in the background has no client to end with");
  }
}

/** A detached container has no streams here; with a TTY, the start request carries the initial size. */
function prepare(request: CreateContainerRequest, values: RunValues): void {
  if (isDetached(values)) {
    if (values.attach.length > 0) {
      throw new CommandError("conflicting options: cannot specify both --attach and --detach");
    }
    Object.assign(request, { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false });
  }
  const size = values.tty ? windowSize(1) : undefined;
  if (size && request.HostConfig) request.HostConfig.ConsoleSize = [size.rows, size.columns];
}

async function start(session: Session, berth: Berth, container: string, values: RunValues): Promise<void> {
  try {
    await berth.containers.start(container, { detachKeys: values["detach-keys"] });
  } catch (thrown) {
    throw runFailure(session.program, thrown);
  }
}

/** Starts a detached container; returns at once or when it is healthy. */
async function leave(session: Session, berth: Berth, container: string, values: RunValues): Promise<number> {
  const healthy = values.wait ? await berth.containers.waiting(container, "healthy") : undefined;
  await start(session, berth, container, values);
  await session.stdout.line(container);
  if (!healthy) return 0;
  const { StatusCode } = await healthy.result;
  if (StatusCode !== 0)
    throw new CommandError(`container ${container} turned unhealthy or ended before it was healthy`);
  return 0;
}

/** Runs attached; returns the container's exit code, or 0 after the user detached. */
async function stay(session: Session, berth: Berth, values: RunValues, options: StreamOptions): Promise<number> {
  const { container } = options;
  const proxied = proxySignalsTo(berth, container, values["sig-proxy"]);
  const condition = values.rm ? "removed" : "next-exit";
  const attached = options.stdin || options.stdout || options.stderr;
  const [stream, { result }] = await Promise.all([
    attached ? openStreams(session, berth, options) : undefined,
    berth.containers.waiting(container, condition),
  ]);
  try {
    await start(session, berth, container, values);
  } catch (thrown) {
    stream?.close();
    // With --rm, a failed start also removes the container: wait for that before the command ends.
    if (values.rm) await result.catch(() => {});
    throw thrown;
  }
  if (stream && (await useStreams(session, berth, stream, options)) === "detached") return 0;
  const { StatusCode, Error: problem } = await result;
  proxied();
  if (problem) throw new CommandError(`Error waiting for container: ${problem.Message}`, 125);
  return StatusCode;
}

export const run = command({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  arity: atLeast(1),
  complete: ["images", "files"],
  flags,
  stopAtPositional: true,
  examples: [
    ["run -it --rm debian bash", "A shell in a container that is gone afterwards"],
    ["run -d --name web -p 8080:80 nginx", "A web server in the background, on port 8080 of this machine"],
    ["run --rm -v ./site:/site:ro alpine ls /site", "A directory of this machine in a container"],
  ],
  async run({ session, flags: values, given, args }) {
    const [image = "", ...commandLine] = args;
    const request = withHelp(session.program, "run", () => {
      checkPullOption(values.pull);
      checkLife(values);
      return createRequest(values, given, image, commandLine);
    });
    prepare(request, values);
    const stdin = request.AttachStdin ?? false;
    requireTerminal({ tty: values.tty, stdin });
    const berth = await session.berth();
    const { Id } = await createContainer(session, values, request).catch((thrown: unknown) => {
      throw runFailure(session.program, thrown);
    });
    if (isDetached(values)) return leave(session, berth, Id, values);
    return stay(session, berth, values, {
      container: Id,
      tty: values.tty,
      stdin,
      stdout: request.AttachStdout ?? false,
      stderr: request.AttachStderr ?? false,
      detachKeys: values["detach-keys"],
      endsWithClient: values["end-with-client"],
    });
  },
});
