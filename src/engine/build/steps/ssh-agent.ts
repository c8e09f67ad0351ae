// `RUN --mount=type=ssh`: a socket in the container whose connections reach the agent of the build's client.
import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { BerthError } from "../../../api/errors.ts";
import { ownerOnHost } from "../engine-services.ts";
import type { StepExecution } from "../graph/step-execution.ts";
import type { RunMount } from "./run-mounts.ts";

const SOCKET_MODE = 0o600;

export interface ForwardedAgent {
  /** The socket on the host. */
  path: string;
  close(): void;
}

/** Undefined when the client has no such agent and the mount does not require it. @throws BerthError */
export async function forwardAgent(
  { services, session, signal }: Pick<StepExecution, "services" | "session" | "signal">,
  mount: Pick<RunMount, "id" | "isRequired" | "uid" | "gid" | "mode">,
): Promise<ForwardedAgent | undefined> {
  const { id, isRequired, uid, gid, mode = SOCKET_MODE } = mount;
  if (!(await session.hasSshAgent(id, signal))) {
    if (!isRequired) return undefined;
    throw new BerthError("invalidParameter", `no SSH key "${id}" forwarded from the client`);
  }
  // Outside the build's directory, because a socket's path must be short.
  const directory = join(services.config.execRoot, "ssh");
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const path = join(directory, randomUUID());
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
    socket.on("error", () => {});
    session.connectSshAgent(id, signal).then(
      (agent) => {
        pipeline(socket, agent, () => {});
        pipeline(agent, socket, () => {});
      },
      (thrown: unknown) => {
        services.log.debug("failed to forward an SSH agent", { reason: String(thrown) });
        socket.destroy();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  const owner = ownerOnHost(services, uid, gid);
  chownSync(path, owner.uid, owner.gid);
  chmodSync(path, mode);
  return {
    path,
    close: () => {
      server.close();
      for (const socket of connections) socket.destroy();
      rmSync(path, { force: true });
    },
  };
}
