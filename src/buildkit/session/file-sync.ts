// Receives a directory from the client by fsutil's protocol (FileSync.DiffCopy): the client lists its files, the engine
// requests the contents that it does not have, and everything new is written to one tar archive.
// https://github.com/tonistiigi/fsutil/blob/master/receive.go
import { BerthError } from "../../api/errors.ts";
import type { DirectoryTransfer, FileStat, FileTree } from "../../engine/build/session.ts";
import type { ClientCall } from "../../grpc/client.ts";
import { S_IFDIR, S_IFREG } from "../../grpc/file-mode.ts";
import type { Stat } from "../../grpc/proto/fsutil/stat_pb.ts";
import { type Packet, Packet_PacketType, type PacketSchema } from "../../grpc/proto/fsutil/wire_pb.ts";
import { GrpcError } from "../../grpc/status.ts";
import { Gather } from "../../storage/archive/gather.ts";
import { byteString, printable } from "../../storage/archive/names.ts";
import { END_OF_ARCHIVE, encodeEntry, paddingAfter } from "../../storage/archive/writer.ts";
import { PathOrder } from "./path-order.ts";
import { isUnchanged, statOfPacket, tarHeaderOf, typeOf } from "./stats.ts";

export type PacketCall = ClientCall<typeof PacketSchema, typeof PacketSchema>;

/** Bytes of content requested ahead, which may have to be buffered until their turn. */
const MAX_AHEAD_BYTES = 4 * 1024 * 1024;
const MAX_AHEAD_FILES = 128;
const PIECE_BYTES = 128 * 1024;
/** Limits on what a client may list for one directory: number of files, and bytes of names and attributes. */
const MAX_FILES = 2_000_000;
const MAX_NAME_BYTES = 512 * 1024 * 1024;
const MAX_PATH_LENGTH = 4096;
const MAX_ATTRIBUTE_BYTES = 1024 * 1024;

/** A file to be written to the archive. */
interface Entry {
  path: string;
  stat: FileStat;
  /** The id for requesting its content; undefined when there is none to request. */
  id: number | undefined;
  isRequested: boolean;
  /** Its header is written, with the size from its stat: content is streamed. */
  isOpen: boolean;
  /** The size in that header. */
  announced: number;
  received: number;
  chunks: Uint8Array[];
  isComplete: boolean;
}

/** Does nothing until the archive is read. */
export function receiveDirectory(open: () => PacketCall, kept: FileTree): DirectoryTransfer {
  const receiver = new Receiver(kept);
  return {
    archive: { [Symbol.asyncIterator]: () => receiver.run(open()) },
    tree: async () => receiver.tree,
  };
}

class Receiver {
  readonly tree = new Map<string, FileStat>();
  private readonly kept: FileTree;
  private readonly order = new PathOrder();
  /** Pending chunks of the archive. */
  private readonly pieces: Uint8Array[] = [];
  private readonly out = new Gather(PIECE_BYTES, (piece) => this.pieces.push(Buffer.from(piece)));
  /** Pending entries, numbered in order. */
  private readonly queue = new Map<number, Entry>();
  /** Numbers of the next entry to write, the next to request, and the next to be added. */
  private head = 0;
  private unrequested = 0;
  private tail = 0;
  private readonly byId = new Map<number, Entry>();
  private aheadBytes = 0;
  private statCount = 0;
  private nameBytes = 0;
  private isTreeComplete = false;

  constructor(kept: FileTree) {
    this.kept = kept;
  }

  async *run(call: PacketCall): AsyncGenerator<Uint8Array, void, void> {
    let isDone = false;
    try {
      let isFinishing = false;
      for await (const packet of call.messages) {
        if (packet.type === Packet_PacketType.PACKET_FIN) {
          isDone = isFinishing;
          break;
        }
        this.accept(packet);
        yield* this.pieces.splice(0);
        await this.request(call);
        if (this.isTreeComplete && this.queue.size === 0 && !isFinishing) {
          isFinishing = true;
          await call.send({ type: Packet_PacketType.PACKET_FIN });
        }
      }
      if (!isDone) throw new BerthError("invalidParameter", "the client ended the transfer of files early");
      call.end();
      this.out.write(END_OF_ARCHIVE);
      this.out.flush();
      yield* this.pieces.splice(0);
    } catch (thrown) {
      throw thrown instanceof GrpcError ? failedTransfer(thrown) : thrown;
    } finally {
      if (!isDone) call.cancel();
    }
  }

  private accept(packet: Packet): void {
    switch (packet.type) {
      case Packet_PacketType.PACKET_STAT:
        if (packet.stat === undefined) this.isTreeComplete = true;
        else this.note(packet.stat);
        break;
      case Packet_PacketType.PACKET_DATA:
        this.receive(packet.ID, packet.data);
        break;
      case Packet_PacketType.PACKET_ERR:
        throw new BerthError("invalidParameter", `error from sender: ${Buffer.from(packet.data).toString("utf8")}`);
      default:
        throw new BerthError("invalidParameter", `unexpected packet ${packet.type} in a transfer of files`);
    }
    this.flush();
  }

  /** Adds a file of the directory. */
  private note(packet: Stat): void {
    if (this.isTreeComplete) throw new BerthError("invalidParameter", "a file was announced after the last one");
    const id = this.statCount++;
    const path = byteString(packet.path);
    const stat = statOfPacket(packet);
    this.checkBounds(path, stat);
    this.order.accept(path, typeOf(stat) === S_IFDIR);
    const isLink = typeOf(stat) === S_IFREG && stat.linkName !== "";
    if (isLink && !this.tree.has(stat.linkName)) {
      throw new BerthError("invalidParameter", `"${packet.path}" is a link to a file that was not sent`);
    }
    this.tree.set(path, stat);
    if (isUnchanged(stat, this.kept.get(path))) return;
    const hasContent = typeOf(stat) === S_IFREG && !isLink && stat.size > 0;
    this.queue.set(this.tail++, {
      path,
      stat,
      id: hasContent ? id : undefined,
      isRequested: false,
      isOpen: false,
      announced: 0,
      received: 0,
      chunks: [],
      isComplete: !hasContent,
    });
  }

  private checkBounds(path: string, { size, linkName, xattrs }: FileStat): void {
    const attributeBytes = [...xattrs].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    this.nameBytes += path.length + linkName.length + attributeBytes;
    if (path.length > MAX_PATH_LENGTH || linkName.length > MAX_PATH_LENGTH) {
      throw new BerthError("invalidParameter", `file name too long: "${printable(path.slice(0, 255))}…"`);
    }
    if (attributeBytes > MAX_ATTRIBUTE_BYTES) {
      throw new BerthError("invalidParameter", `the attributes of "${printable(path)}" are too large`);
    }
    if (size < 0 || !Number.isSafeInteger(size)) {
      throw new BerthError("invalidParameter", `"${printable(path)}" has an invalid size`);
    }
    if (this.statCount > MAX_FILES || this.nameBytes > MAX_NAME_BYTES) {
      throw new BerthError("invalidParameter", "the directory has too many files to be transferred");
    }
  }

  /** Requests the next contents in order, as far ahead as the limits allow. */
  private async request(call: PacketCall): Promise<void> {
    for (;;) {
      const entry = this.queue.get(this.unrequested);
      if (entry === undefined) return;
      if (entry.id !== undefined) {
        const isAlone = this.byId.size === 0;
        const fits = this.aheadBytes + entry.stat.size <= MAX_AHEAD_BYTES && this.byId.size < MAX_AHEAD_FILES;
        if (!isAlone && !fits) return;
        entry.isRequested = true;
        this.byId.set(entry.id, entry);
        this.aheadBytes += entry.stat.size;
        await call.send({ type: Packet_PacketType.PACKET_REQ, ID: entry.id });
      }
      this.unrequested++;
    }
  }

  private receive(id: number, data: Uint8Array): void {
    const entry = this.byId.get(id);
    if (entry === undefined)
      throw new BerthError("invalidParameter", `the client sent file ${id}, which it was not asked for`);
    if (data.length === 0) {
      entry.isComplete = true;
      this.byId.delete(id);
      this.aheadBytes -= entry.stat.size;
      return;
    }
    // Only the bytes of the listed size count when a file has grown since.
    const wanted = data.subarray(0, entry.stat.size - entry.received);
    entry.received += wanted.length;
    if (wanted.length > 0) entry.chunks.push(wanted);
  }

  /** Writes all entries that are ready. */
  private flush(): void {
    for (let entry = this.queue.get(this.head); entry !== undefined; entry = this.queue.get(this.head)) {
      const isLarge = entry.stat.size > MAX_AHEAD_BYTES / 2;
      if (!entry.isComplete && (!isLarge || !entry.isRequested)) return;
      if (!entry.isOpen) this.open(entry);
      for (const chunk of entry.chunks.splice(0)) this.out.write(chunk);
      if (!entry.isComplete) return;
      this.close(entry);
      this.queue.delete(this.head++);
      this.unrequested = Math.max(this.unrequested, this.head);
    }
  }

  /** A buffered file has the size that was received; the listed size of a streamed file is trusted. */
  private open(entry: Entry): void {
    entry.announced = entry.isComplete ? entry.received : entry.stat.size;
    entry.isOpen = true;
    const header = tarHeaderOf(entry.path, entry.stat, entry.announced);
    if (header !== undefined) this.out.write(encodeEntry(header));
  }

  private close({ path, received, announced }: Entry): void {
    if (received < announced) {
      throw new BerthError("invalidParameter", `"${printable(path)}" became shorter while it was sent`);
    }
    this.out.write(paddingAfter(received));
  }
}

/** The client's message; connection errors are reported unchanged. */
function failedTransfer(error: GrpcError): BerthError {
  return new BerthError("invalidParameter", error.message, error);
}
