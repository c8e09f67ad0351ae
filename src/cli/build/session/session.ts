// The client's side of a build session: the engine calls its services during the build.
import { randomUUID } from "node:crypto";
import type { Connection } from "../../../client/connection.ts";
import { duplexOf } from "../../../grpc/connection-stream.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../../grpc/proto/grpc/health_pb.ts";
import { GrpcServer } from "../../../grpc/server.ts";
import { lookupOf, unary } from "../../../grpc/service.ts";
import type { SshAgents } from "./agents.ts";
import { fileSync } from "./directories.ts";
import { sshForwarding } from "./ssh.ts";

export interface SessionServices {
  /** Named contexts: paths by name. */
  directories: ReadonlyMap<string, string>;
  agents: SshAgents;
}

export interface BuildSession {
  id: string;
  close(): void;
}

/** The engine reports calls; the client has no log. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens a session and serves it until it is closed. */
export async function openSession(connection: Connection, services: SessionServices): Promise<BuildSession> {
  const id = randomUUID();
  const methods = [
    unary(Health.method.check, () => ({ status: HealthCheckResponse_ServingStatus.SERVING })),
    fileSync(services.directories),
    ...sshForwarding(services.agents),
  ];
  const raw = await connection.hijack("POST", "/session", {
    protocol: "h2c",
    headers: {
      "X-Docker-Expose-Session-Uuid": id,
      "X-Docker-Expose-Session-Grpc-Method": methods.map(({ path }) => path).join(", "),
    },
  });
  const stream = duplexOf({
    input: raw.output,
    write: (chunk) => raw.write(chunk),
    end: () => raw.close(),
    closed: raw.closed,
  });
  void new GrpcServer(lookupOf(methods), silent).serve(stream);
  return { id, close: () => stream.destroy() };
}
