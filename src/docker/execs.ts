// Execs of the Docker API, to and from the engine's.
import type { CreateExecRequest, ExecInspect } from "../api/exec.ts";
import type { ExecRequest, InspectedExec } from "../engine/index.ts";

export function execRequestOf(request: CreateExecRequest): ExecRequest {
  return {
    command: request.Cmd ?? [],
    env: request.Env ?? [],
    user: request.User ?? "",
    workingDir: request.WorkingDir ?? "",
    tty: request.Tty ?? false,
    privileged: request.Privileged ?? false,
    attachStdin: request.AttachStdin ?? false,
    attachStdout: request.AttachStdout ?? false,
    attachStderr: request.AttachStderr ?? false,
    detachKeys: request.DetachKeys ?? "",
    consoleSize: request.ConsoleSize,
  };
}

export function dockerExec({ id, containerId, request, life }: InspectedExec): ExecInspect {
  const [entrypoint = "", ...words] = request.command;
  return {
    ID: id,
    Running: life.status === "running",
    ExitCode: life.status === "ended" ? life.exitCode : null,
    ProcessConfig: {
      tty: request.tty,
      entrypoint,
      arguments: words,
      privileged: request.privileged,
      ...(request.user === "" ? {} : { user: request.user }),
    },
    OpenStdin: request.attachStdin,
    OpenStderr: request.attachStderr,
    OpenStdout: request.attachStdout,
    CanRemove: life.status === "ended",
    ContainerID: containerId,
    DetachKeys: request.detachKeys,
    Pid: pidOf(life),
    ...(life.status === "ended" && life.outputTruncated ? { OutputTruncated: true } : {}),
  };
}

/** As Docker's, it stays when the process has ended. */
function pidOf(life: InspectedExec["life"]): number {
  if (life.status === "created") return 0;
  return life.status === "running" ? life.process.pid : life.pid;
}
