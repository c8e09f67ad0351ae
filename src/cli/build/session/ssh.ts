// Forwards connections of build steps to local SSH agents.
import { connect, type Socket } from "node:net";
import { SSH } from "../../../grpc/proto/buildkit/ssh_pb.ts";
import { bidiStream, type CallContext, type Method, unary } from "../../../grpc/service.ts";
import { GrpcError, statusCodes } from "../../../grpc/status.ts";
import type { SshAgents } from "./agents.ts";
import { DEFAULT_ID } from "./sources.ts";

export function sshForwarding(agents: SshAgents): Method[] {
  if (agents.size === 0) return [];
  const socketOf = (id: string): string => {
    const socket = agents.get(id || DEFAULT_ID);
    if (socket !== undefined) return socket;
    throw new GrpcError(statusCodes.notFound, `unset ssh forward key ${id || DEFAULT_ID}`);
  };
  return [
    unary(SSH.method.checkAgent, ({ ID }) => {
      socketOf(ID);
      return {};
    }),
    bidiStream(SSH.method.forwardAgent, async (requests, send, { metadata }) => {
      const agent = connect(socketOf(idOf(metadata)));
      await Promise.all([forward(requests, agent), answer(agent, send)]);
    }),
  ];
}

function idOf(metadata: CallContext["metadata"]): string {
  const id = metadata["buildkit.ssh.id"];
  return typeof id === "string" ? id : "";
}

async function forward(requests: AsyncIterable<{ data: Uint8Array }>, agent: Socket): Promise<void> {
  try {
    for await (const { data } of requests) agent.write(data);
    agent.end();
  } catch {
    // The step has ended.
    agent.destroy();
  }
}

async function answer(agent: Socket, send: (message: { data: Uint8Array }) => Promise<void>): Promise<void> {
  for await (const data of agent) await send({ data });
}
