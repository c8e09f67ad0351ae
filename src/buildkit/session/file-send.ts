// Sends a build's result to the client (FileSend.DiffCopy): an archive unchanged, or a directory by fsutil's protocol
// with reversed roles. https://github.com/tonistiigi/fsutil/blob/master/send.go
import { isUtf8 } from "node:buffer";
import { BerthError } from "../../api/errors.ts";
import type { ByteCall } from "../../grpc/byte-stream.ts";
import { type Packet, Packet_PacketType } from "../../grpc/proto/fsutil/wire_pb.ts";
import { ByteReader } from "../../storage/archive/bytes.ts";
import { cleanName, printable } from "../../storage/archive/names.ts";
import { readArchive } from "../../storage/archive/reader.ts";
import type { PacketCall } from "./file-sync.ts";
import { packetOf } from "./stats.ts";

/** grpc-go refuses messages of more than 4 MiB. */
const MAX_CHUNK_BYTES = 3 * 1024 * 1024;
const FILE_CHUNK_BYTES = 256 * 1024;

/** @throws GrpcError when the client rejects it or disconnects */
export async function sendFile(call: ByteCall, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const ending = new Ending(call.messages);
  for await (const chunk of archive) {
    for (const data of pieces(chunk, MAX_CHUNK_BYTES)) await call.send({ data });
    if (ending.hasCome) break;
  }
  call.end();
  await ending.status;
}

/** @throws GrpcError when the client rejects it or disconnects */
export async function sendDirectory(call: PacketCall, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const receiver = new Receiver();
  const ending = new Ending(call.messages, (packet) => receiver.accept(packet));
  ending.status.then(
    () => receiver.stop(),
    () => receiver.stop(),
  );
  let id = 0;
  for await (const { header, content } of readArchive(new ByteReader(archive))) {
    const path = pathOf(header.name);
    if (path === "") continue;
    await call.send({ type: Packet_PacketType.PACKET_STAT, stat: packetOf(header, path) });
    if (header.type === "file") {
      if (!(await receiver.requested(id))) break;
      for await (const chunk of content) {
        for (const data of pieces(chunk, FILE_CHUNK_BYTES)) {
          await call.send({ type: Packet_PacketType.PACKET_DATA, ID: id, data });
        }
        if (ending.hasCome) break;
      }
      await call.send({ type: Packet_PacketType.PACKET_DATA, ID: id });
    }
    id++;
    if (ending.hasCome) break;
  }
  await call.send({ type: Packet_PacketType.PACKET_STAT });
  await receiver.finished;
  await call.send({ type: Packet_PacketType.PACKET_FIN });
  call.end();
  await ending.status;
}

/** How the other side ended a call, observed while sending. */
class Ending<M> {
  /** Resolves at OK. @throws GrpcError any other status */
  readonly status: Promise<void>;
  hasCome = false;

  constructor(messages: AsyncIterable<M>, accept: (message: M) => void = () => {}) {
    this.status = (async () => {
      try {
        for await (const message of messages) accept(message);
      } finally {
        this.hasCome = true;
      }
    })();
    // The sender awaits it at the end; until then a rejection is not unhandled.
    this.status.catch(() => {});
  }
}

/** The requests of the client. */
class Receiver {
  /** Resolves when the client has finished or disconnected. */
  readonly finished: Promise<void>;
  private readonly ids = new Set<number>();
  private isStopped = false;
  private wake: () => void = () => {};
  private finish: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.finish = resolve;
  }

  accept(packet: Packet): void {
    if (packet.type === Packet_PacketType.PACKET_REQ) this.ids.add(packet.ID);
    if (packet.type === Packet_PacketType.PACKET_FIN) this.finish();
    if (packet.type === Packet_PacketType.PACKET_ERR) {
      this.stop();
      throw new BerthError("invalidParameter", `error from receiver: ${Buffer.from(packet.data).toString("utf8")}`);
    }
    this.wake();
  }

  /** Resolves when the client requests a file's content (true) or disconnects (false). */
  async requested(id: number): Promise<boolean> {
    while (!this.ids.delete(id)) {
      if (this.isStopped) return false;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return true;
  }

  stop(): void {
    this.isStopped = true;
    this.wake();
    this.finish();
  }
}

function* pieces(chunk: Uint8Array, limit: number): Generator<Uint8Array, void, void> {
  for (let start = 0; start < chunk.length; start += limit) yield chunk.subarray(start, start + limit);
}

/** @throws BerthError invalidParameter: the protocol's names are UTF-8 */
function pathOf(name: string): string {
  const path = cleanName(name);
  if (isUtf8(Buffer.from(path, "latin1"))) return path;
  throw new BerthError(
    "invalidParameter",
    `"${printable(name)}" cannot be exported to a directory: its name is not UTF-8`,
  );
}
