// FileSync: sends the directories of named contexts; of each file only the content that the engine requests.
// https://github.com/tonistiigi/fsutil/blob/master/send.go

import { constants, type Stats } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { PatternMatcher } from "../../../api/pattern-matcher.ts";
import { goOfMode, S_IFREG } from "../../../grpc/file-mode.ts";
import { FileSync } from "../../../grpc/proto/buildkit/filesync_pb.ts";
import { type Packet, Packet_PacketType, PacketSchema } from "../../../grpc/proto/fsutil/wire_pb.ts";
import { bidiStream, type CallContext, type Method } from "../../../grpc/service.ts";
import { GrpcError, statusCodes } from "../../../grpc/status.ts";
import { listContext } from "../tree.ts";
import { followed } from "./follow.ts";

type Send = (packet: MessageInitShape<typeof PacketSchema>) => Promise<void>;

const CHUNK_BYTES = 256 * 1024;

export function fileSync(directories: ReadonlyMap<string, string>): Method {
  const method = { ...FileSync.method.diffCopy, input: PacketSchema, output: PacketSchema };
  return bidiStream(method, async (requests, send, { metadata }) => {
    const [name = ""] = valuesOf(metadata, "dir-name");
    const directory = directories.get(name);
    if (directory === undefined) throw new GrpcError(statusCodes.notFound, `no access allowed to dir "${name}"`);
    const excluded = new PatternMatcher(valuesOf(metadata, "exclude-patterns"));
    const wanted = followed(directory, valuesOf(metadata, "followpaths"));
    const paths = listContext(directory, excluded).filter((path) => wanted(path.toString()));
    const files = await announce(directory, paths, send);
    await answer(files, requests, send);
  });
}

/** The values of a header; non-ASCII values are query-escaped. */
function valuesOf(metadata: CallContext["metadata"], name: string): string[] {
  const value = metadata[name];
  const values = Array.isArray(value) ? value : (value?.split(", ") ?? []);
  return metadata[`${name}-encoded`] === "1" ? values.map(decodeURIComponent) : values;
}

/** Sends the file list; returns the files by the ids with which their contents are requested. */
async function announce(directory: string, paths: readonly Buffer[], send: Send): Promise<Map<number, Buffer>> {
  const files = new Map<number, Buffer>();
  /** The first path of each hard-linked file. */
  const linked = new Map<string, string>();
  for (const [id, path] of paths.entries()) {
    const whole = Buffer.concat([Buffer.from(join(directory, "/")), path]);
    const status = await lstat(whole);
    const identity = `${status.dev}:${status.ino}`;
    const earlier = status.isFile() && status.nlink > 1 ? linked.get(identity) : undefined;
    if (earlier === undefined) linked.set(identity, path.toString());
    const linkname = earlier ?? (status.isSymbolicLink() ? await readlink(whole) : "");
    await send({ type: Packet_PacketType.PACKET_STAT, stat: { path: path.toString(), linkname, ...statOf(status) } });
    if (status.isFile()) files.set(id, whole);
  }
  await send({ type: Packet_PacketType.PACKET_STAT });
  return files;
}

/** Everything in a context is owned by root, so that owners do not affect cache hits. */
function statOf({ mode, size, mtimeMs, rdev }: Stats) {
  return {
    mode: goOfMode(mode),
    size: (mode & constants.S_IFMT) === S_IFREG ? BigInt(size) : 0n,
    modTime: BigInt(Math.round(mtimeMs * 1e6)),
    devmajor: BigInt((rdev >> 8) & 0xfff),
    devminor: BigInt((rdev & 0xff) | ((rdev >> 12) & 0xfff00)),
  };
}

/** Sends the requested contents until the engine has finished. */
async function answer(files: ReadonlyMap<number, Buffer>, requests: AsyncIterable<Packet>, send: Send): Promise<void> {
  for await (const { type, ID, data } of requests) {
    if (type === Packet_PacketType.PACKET_FIN) {
      await send({ type: Packet_PacketType.PACKET_FIN });
      return;
    }
    if (type === Packet_PacketType.PACKET_ERR) {
      throw new GrpcError(statusCodes.unknown, `error from receiver: ${Buffer.from(data).toString()}`);
    }
    const path = files.get(ID);
    if (type !== Packet_PacketType.PACKET_REQ || path === undefined) {
      throw new GrpcError(statusCodes.invalidArgument, `invalid file id ${ID}`);
    }
    await sendContent(ID, path, send);
  }
}

async function sendContent(id: number, path: Buffer, send: Send): Promise<void> {
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      await send({ type: Packet_PacketType.PACKET_DATA, ID: id, data: buffer.subarray(0, bytesRead) });
    }
  } finally {
    await file.close();
  }
  await send({ type: Packet_PacketType.PACKET_DATA, ID: id });
}
