// A scriptable BuildKit client: calls the daemon and serves its session.
import { randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { GrpcClient } from "../../src/grpc/client.ts";
import { Control } from "../../src/grpc/proto/buildkit/control_pb.ts";
import { FileSync } from "../../src/grpc/proto/buildkit/filesync_pb.ts";
import { PacketSchema, Packet_PacketType as Type } from "../../src/grpc/proto/fsutil/wire_pb.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../src/grpc/proto/grpc/health_pb.ts";
import { GrpcServer } from "../../src/grpc/server.ts";
import { bidiStream, lookupOf, type Method, unary } from "../../src/grpc/service.ts";
import type { TestDaemon } from "./daemon.ts";
import { upgrade } from "./upgrade.ts";

export type PacketInit = MessageInitShape<typeof PacketSchema>;

/** A busy machine may take minutes for a large context. */
const SOLVE_DEADLINE = 590_000;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export async function connectControl({ socket }: TestDaemon): Promise<GrpcClient> {
  return new GrpcClient(await upgrade(socket, "/grpc"));
}

/** A session on which the client answers these methods; closed by disposing of it. */
export async function openSession(
  { socket }: TestDaemon,
  methods: readonly Method[],
): Promise<Disposable & { id: string }> {
  const id = randomUUID();
  const offered = methods.map(({ path }) => `X-Docker-Expose-Session-Grpc-Method: ${path}`);
  const connection = await upgrade(socket, "/session", [`X-Docker-Expose-Session-Uuid: ${id}`, ...offered]);
  const health = unary(Health.method.check, () => ({ status: HealthCheckResponse_ServingStatus.SERVING }));
  void new GrpcServer(lookupOf([...methods, health]), quiet).serve(connection);
  return { id, [Symbol.dispose]: () => void connection.destroy() };
}

/** FileSync of a client that sends these packets for one directory, whatever the request, and nothing for others. */
export function sending(packetsOf: (directory: string) => AsyncIterable<PacketInit> | undefined): Method {
  return bidiStream(FileSync.method.diffCopy, async (requests, send, { metadata }) => {
    const packets = packetsOf(String(metadata["dir-name"]));
    const finished = (async () => {
      for await (const { type } of requests) if (type === Type.PACKET_FIN) return;
    })();
    for await (const packet of packets ?? []) await send(create(PacketSchema, packet));
    if (packets === undefined) await send({ type: Type.PACKET_STAT });
    await finished;
    await send({ type: Type.PACKET_FIN });
  });
}

/** The packets of a directory with one file. */
export async function* oneFile(path: string, text: string): AsyncGenerator<PacketInit, void, void> {
  yield { type: Type.PACKET_STAT, stat: { path, mode: 0o644, size: BigInt(text.length), modTime: 1n } };
  yield { type: Type.PACKET_STAT };
  yield { type: Type.PACKET_DATA, ID: 0, data: Buffer.from(text) };
  yield { type: Type.PACKET_DATA, ID: 0 };
}

/** Builds with `dockerfile.v0` and returns the result. @throws GrpcError */
export async function solve(control: GrpcClient, session: string, attributes: Record<string, string> = {}) {
  const request = { Ref: randomUUID(), Session: session, Frontend: "dockerfile.v0", FrontendAttrs: attributes };
  return await control.unary(Control.method.solve, request, { signal: AbortSignal.timeout(SOLVE_DEADLINE) });
}
