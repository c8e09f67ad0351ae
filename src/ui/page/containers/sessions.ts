// The processes behind terminals, and their streams.
import type { ContainerInspect } from "../../../api/containers.ts";
import type { CreateExecAnswer, CreateExecRequest } from "../../../api/exec.ts";
import { post, type Query } from "../engine/requests.ts";
import { EngineStream } from "../engine/stream.ts";

export interface Session {
  stream: EngineStream;
  resize(size: Query): Promise<unknown>;
  /** Whether the process has a TTY, which echoes and edits lines itself. */
  tty: boolean;
}

/** Starts a process in a container. @param size rows and columns */
export async function exec(id: string, command: string[], user: string, size: [number, number]): Promise<Session> {
  const request: CreateExecRequest = {
    Cmd: command,
    Tty: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    ConsoleSize: size,
    Env: ["TERM=xterm-256color"],
    ...(user !== "" && { User: user }),
  };
  const answer = await post<CreateExecAnswer>(`/containers/${id}/exec`, { json: request });
  const path = `/exec/${answer?.Id ?? ""}`;
  return {
    stream: new EngineStream(`${path}/start`, { tty: true }),
    resize: (query) => post(`${path}/resize`, { query }),
    tty: true,
  };
}

/** Attaches to a container's main process. */
export async function attach({ Id, Config }: ContainerInspect): Promise<Session> {
  const query = { stream: true, stdin: Config.OpenStdin ?? false, stdout: true, stderr: true, logs: true };
  const tty = Config.Tty ?? false;
  return {
    stream: new EngineStream(`/containers/${Id}/attach`, query),
    resize: (size) => (tty ? post(`/containers/${Id}/resize`, { query: size }) : Promise.resolve()),
    tty,
  };
}
