// `berth run`: creates and starts a container and, unless detached, waits for it to exit.
import type { CreateContainerRequest } from "../../../api/container-requests.ts";
import type { CreateContainerAnswer, WaitAnswer } from "../../../api/containers.ts";
import type { CreateOptions } from "../../../client/containers.ts";
import { ApiError, isUnknownRoute } from "../../../client/errors.ts";
import type { Berth } from "../../../client/index.ts";
import type { StartedRun } from "../../../client/runs.ts";
import { windowSize } from "../../../linux/terminal.ts";
import { atLeast, command } from "../../command.ts";
import { type Create, checkPullOption, createContainer } from "../../container-spec/create.ts";
import { createFlags } from "../../container-spec/flags.ts";
import { createRequest } from "../../container-spec/request.ts";
import { runFailure, withHelp } from "../../container-spec/run-failure.ts";
import {
  chosenDetachKeys,
  openStreams,
  proxySignalsTo,
  type StreamOptions,
  useStreams,
} from "../../container-streams.ts";
import { CommandError } from "../../failure.ts";
import { detachKeysFlag } from "../../flags/common.ts";
import type { FlagValues } from "../../flags/flag.ts";
import { toggle } from "../../flags/kinds.ts";
import type { Session } from "../../session.ts";
import { areDetachKeys } from "../../terminal/detach-keys.ts";
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

/** A created container, already started by an engine that supports the combined request. */
interface CreatedRun {
  created: CreateContainerAnswer;
  run?: StartedRun;
}

function beginning(session: Session, request: CreateContainerRequest, values: RunValues): Create<CreatedRun> {
  const create = async (berth: Berth, options: CreateOptions) => ({
    created: await berth.containers.create(request, options),
  });
  // The wait for health must begin between create and start.
  if (values.wait) return create;
  return async (berth, options) => {
    const detachKeys = await chosenDetachKeys(session, values["detach-keys"]);
    // A rejected attachment has a special exit code, which only Docker's separate request reports.
    if (!areDetachKeys(detachKeys)) return create(berth, options);
    try {
      const run = await berth.containers.run(request, {
        ...options,
        until: values.detach ? "started" : values.rm ? "removed" : "next-exit",
        stdin: request.AttachStdin,
        stdout: request.AttachStdout,
        stderr: request.AttachStderr,
        detachKeys,
        endsWithClient: values["end-with-client"],
      });
      return { created: run.created, run };
    } catch (thrown) {
      if (isUnknownRoute(thrown)) return create(berth, options);
      throw thrown;
    }
  };
}

/** Waits until a detached container is started, or with --wait until it is healthy. */
async function leave(session: Session, berth: Berth, { created, run }: CreatedRun, values: RunValues): Promise<number> {
  const { Id } = created;
  const healthy = values.wait ? await berth.containers.waiting(Id, "healthy") : undefined;
  if (run) await resultOf(session, run);
  else await start(session, berth, Id, values);
  await session.stdout.line(Id);
  if (!healthy) return 0;
  const { StatusCode } = await healthy.result;
  if (StatusCode !== 0) throw new CommandError(`container ${Id} turned unhealthy or ended before it was healthy`);
  return 0;
}

/** Runs attached; returns the container's exit code, or 0 after the user detached. */
async function stay(session: Session, berth: Berth, begun: CreatedRun, values: RunValues, options: StreamOptions) {
  const proxied = proxySignalsTo(berth, options.container, values["sig-proxy"]);
  const run = begun.run ?? (await startStepwise(session, berth, begun, values, options));
  if ((await useStreams(session, berth, run.stream, options)) === "detached") return 0;
  const { StatusCode, Error: problem } = await resultOf(session, run);
  proxied();
  if (problem) throw new CommandError(`Error waiting for container: ${problem.Message}`, 125);
  return StatusCode;
}

/** Attaches, waits and starts, with a separate request for each. */
async function startStepwise(
  session: Session,
  berth: Berth,
  { created }: CreatedRun,
  values: RunValues,
  options: StreamOptions,
): Promise<StartedRun> {
  const [stream, { result }] = await Promise.all([
    openStreams(session, berth, options),
    berth.containers.waiting(created.Id, values.rm ? "removed" : "next-exit"),
  ]);
  try {
    await start(session, berth, created.Id, values);
  } catch (thrown) {
    stream.close();
    // With --rm, a failed start also removes the container: wait for that before the command ends.
    if (values.rm) await result.catch(() => {});
    throw thrown;
  }
  return { created, stream, result };
}

async function resultOf(session: Session, { result }: StartedRun): Promise<WaitAnswer> {
  try {
    return await result;
  } catch (thrown) {
    throw thrown instanceof ApiError ? runFailure(session.program, thrown) : thrown;
  }
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
    const begin = beginning(session, request, values);
    const begun = await createContainer(session, values, request, begin).catch((thrown: unknown) => {
      throw runFailure(session.program, thrown);
    });
    if (isDetached(values)) return leave(session, berth, begun, values);
    return stay(session, berth, begun, values, {
      container: begun.created.Id,
      tty: values.tty,
      stdin,
      stdout: request.AttachStdout ?? false,
      stderr: request.AttachStderr ?? false,
      detachKeys: values["detach-keys"],
      endsWithClient: values["end-with-client"],
    });
  },
});
