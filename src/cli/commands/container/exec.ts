// `berth exec`: runs a command in a running container.
import type { WaitAnswer } from "../../../api/containers.ts";
import type { CreateExecRequest } from "../../../api/exec.ts";
import type { AttachStream } from "../../../client/attach.ts";
import { ApiError, isUnknownRoute } from "../../../client/errors.ts";
import type { Berth } from "../../../client/index.ts";
import { windowSize } from "../../../linux/terminal.ts";
import { atLeast, command } from "../../command.ts";
import { checkEnvironment } from "../../container-spec/checks.ts";
import { readEnvironment } from "../../container-spec/environment.ts";
import { chosenDetachKeys } from "../../container-streams.ts";
import { CommandError } from "../../failure.ts";
import { detachKeysFlag } from "../../flags/common.ts";
import { list, text, toggle } from "../../flags/kinds.ts";
import type { Session } from "../../session.ts";
import { interact, requireTerminal } from "../../terminal/interactive.ts";
import { followSize } from "../../terminal/resize.ts";

/** Runs the process attached and returns its exit code. */
async function stay(session: Session, berth: Berth, container: string, request: CreateExecRequest): Promise<number> {
  const run = await begin(session, berth, container, request);
  const { Tty = false, AttachStdin = false, DetachKeys = "" } = request;
  const { stream } = run;
  const exec = run.created.Id;
  const stopFollowing =
    Tty && session.stdout.isTerminal
      ? followSize((rows, columns) => berth.execs.resize(exec, rows, columns))
      : () => {};
  const end = await interact(session, stream, { tty: Tty, stdin: AttachStdin, detachKeys: DetachKeys });
  stopFollowing();
  if (end === "detached") throw new CommandError("read escape sequence");
  return run.exitCode();
}

interface CreatedExec {
  created: { Id: string };
  stream: AttachStream;
  /** Once the stream has ended. */
  exitCode(): Promise<number>;
}

/** With one request to Berth's engine, with one for each step to others. */
async function begin(
  session: Session,
  berth: Berth,
  container: string,
  request: CreateExecRequest,
): Promise<CreatedExec> {
  try {
    const { created, stream, result } = await berth.execs.run(container, request);
    return { created, stream, exitCode: () => exitCodeOf(session, result) };
  } catch (thrown) {
    if (!isUnknownRoute(thrown)) throw thrown;
  }
  const created = await create(berth, container, request);
  const { Tty = false, ConsoleSize } = request;
  const stream = await berth.execs.start(created.Id, { Tty, ConsoleSize });
  return { created, stream, exitCode: async () => (await berth.execs.inspect(created.Id)).ExitCode ?? 0 };
}

/** A process that could not be started is reported as Docker does: on standard output. */
async function exitCodeOf(session: Session, result: Promise<WaitAnswer>): Promise<number> {
  try {
    return (await result).StatusCode;
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.exitCode === undefined) throw thrown;
    await session.stdout.write(`${thrown.message}\r\n`);
    return thrown.exitCode;
  }
}

async function create(berth: Berth, container: string, request: CreateExecRequest): Promise<{ Id: string }> {
  const created = await berth.execs.create(container, request);
  if (created.Id === "") throw new CommandError("exec ID empty");
  return created;
}

export const exec = command({
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  arity: atLeast(2),
  complete: ["runningContainers", "files"],
  flags: {
    detach: toggle("Detached mode: run command in the background", { short: "d" }),
    "detach-keys": detachKeysFlag(),
    env: list("Set environment variables", { short: "e", check: checkEnvironment }),
    "env-file": list("Read in a file of environment variables", { complete: "files" }),
    interactive: toggle("Keep STDIN open even if not attached", { short: "i" }),
    privileged: toggle("Give extended privileges to the command"),
    tty: toggle("Allocate a pseudo-TTY", { short: "t" }),
    user: text('Username or UID (format: "<name|uid>[:<group|gid>]")', { short: "u" }),
    workdir: text("Working directory inside the container", { short: "w" }),
  },
  stopAtPositional: true,
  examples: [
    ["exec -it web sh", "A shell in a container that runs"],
    ["exec -u root -w /tmp web ls -l", "As another user, in another directory"],
  ],
  async run({ session, flags, args }) {
    const [container = "", ...Cmd] = args;
    const size = flags.tty ? windowSize(1) : undefined;
    const request: CreateExecRequest = {
      AttachStdin: flags.interactive && !flags.detach,
      AttachStdout: !flags.detach,
      AttachStderr: !flags.detach,
      Cmd,
      ConsoleSize: size && [size.rows, size.columns],
      DetachKeys: await chosenDetachKeys(session, flags["detach-keys"]),
      Env: readEnvironment(flags["env-file"], flags.env),
      Privileged: flags.privileged,
      Tty: flags.tty,
      User: flags.user,
      WorkingDir: flags.workdir,
    };
    const berth = await session.berth();
    if (!flags.detach) requireTerminal({ tty: flags.tty, stdin: flags.interactive });
    if (!flags.detach) return stay(session, berth, container, request);
    const { Id } = await create(berth, container, request);
    await berth.execs.startDetached(Id, { Tty: flags.tty, ConsoleSize: request.ConsoleSize });
    return 0;
  },
});
