// The fsutil protocol: modes, order, and the transfer of a directory.
import { describe, expect, test } from "bun:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { receiveDirectory } from "../../../src/buildkit/session/file-sync.ts";
import { PathOrder } from "../../../src/buildkit/session/path-order.ts";
import type { FileTree } from "../../../src/engine/build/session.ts";
import { goOfMode, modeOfGo } from "../../../src/grpc/file-mode.ts";
import { PacketSchema, Packet_PacketType as Type } from "../../../src/grpc/proto/fsutil/wire_pb.ts";
import { ByteReader } from "../../../src/storage/archive/bytes.ts";
import { readArchive } from "../../../src/storage/archive/reader.ts";

const GO_DIRECTORY = 2 ** 31;

test.each([
  [0o644, 0o100644],
  [GO_DIRECTORY + 0o755, 0o040755],
  [(1 << 27) + 0o777, 0o120777],
  [(1 << 26) + 0o600, 0o060600],
  [(1 << 26) + (1 << 21) + 0o600, 0o020600],
  [(1 << 25) + 0o600, 0o010600],
  [(1 << 24) + 0o600, 0o140600],
  [(1 << 23) + (1 << 22) + 0o755, 0o106755],
  [GO_DIRECTORY + (1 << 20) + 0o777, 0o041777],
])("Go's mode %d is %d", (go, mode) => {
  expect(modeOfGo(go)).toBe(mode);
  expect(goOfMode(mode)).toBe(go);
});

describe("order of paths", () => {
  const accept = (...paths: string[]): void => {
    const order = new PathOrder();
    for (const path of paths) order.accept(path.replace(/\/$/, ""), path.endsWith("/"));
  };

  test("lists each directory before its content", () => {
    expect(() => accept("a/", "a/b", "a/c/", "a/c/d", "a-b", "b")).not.toThrow();
  });

  test.each([
    [["../a"]],
    [["a/", "a/../b"]],
    [["/a"]],
    [[""]],
    [["a//b"]],
    [["./a"]],
    [["a\0b"]],
    [["b", "a"]],
    [["a", "a"]],
    [["a/b"]],
    [["a", "a/b"]],
    [["a/", "a/b", "c", "a/d"]],
  ])("%j is refused", (paths) => {
    expect(() => accept(...paths)).toThrow(/invalid path|out of order/);
  });
});

type PacketInit = MessageInitShape<typeof PacketSchema>;

const none: FileTree = new Map();
const stat = (path: string, size = 0, more = {}): PacketInit => ({
  type: Type.PACKET_STAT,
  stat: { path, mode: 0o644, size: BigInt(size), modTime: 1n, ...more },
});
const directory = (path: string): PacketInit => stat(path, 0, { mode: GO_DIRECTORY + 0o755 });
const lastStat: PacketInit = { type: Type.PACKET_STAT };
const data = (ID: number, text: string): PacketInit => ({ type: Type.PACKET_DATA, ID, data: Buffer.from(text) });

/** A client that sends these packets in order, and FIN when it receives FIN. */
function transfer(packets: readonly PacketInit[], kept = none) {
  const requests: number[] = [];
  const { promise: finishing, resolve: finish } = Promise.withResolvers<void>();
  const received = receiveDirectory(
    () => ({
      messages: (async function* () {
        for (const packet of packets) yield create(PacketSchema, packet);
        await finishing;
        yield create(PacketSchema, { type: Type.PACKET_FIN });
      })(),
      async send(packet) {
        if (packet.type === Type.PACKET_REQ) requests.push(packet.ID ?? 0);
        if (packet.type === Type.PACKET_FIN) finish();
      },
      end() {},
      cancel: () => finish(),
    }),
    kept,
  );
  return { requests, received };
}

async function entries(archive: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { header, content } of readArchive(new ByteReader(archive))) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    found[header.name] =
      header.type === "file" ? Buffer.concat(chunks).toString() : `${header.type} ${header.linkName}`;
  }
  return found;
}

describe("transfer of a directory", () => {
  const packets = [
    directory("d"),
    stat("d/a", 5),
    stat("d/b", 3),
    stat("e", 0),
    stat("l", 0, { linkname: "d/a" }),
    stat("s", 0, { mode: (1 << 27) + 0o777, linkname: "nowhere" }),
    lastStat,
    data(2, "xy"),
    data(1, "hel"),
    data(1, "lo"),
    data(2, "z"),
    data(2, ""),
    data(1, ""),
  ];

  test("interleaved contents are written in order", async () => {
    const { requests, received } = transfer(packets);
    expect(await entries(received.archive)).toEqual({
      "d/": "directory ",
      "d/a": "hello",
      "d/b": "xyz",
      e: "",
      l: "link d/a",
      s: "symlink nowhere",
    });
    expect(requests).toEqual([1, 2]);
    expect([...(await received.tree()).keys()]).toEqual(["d", "d/a", "d/b", "e", "l", "s"]);
  });

  test("requests only changed files", async () => {
    const first = transfer(packets);
    await entries(first.received.archive);
    const changed = [
      directory("d"),
      stat("d/a", 5),
      stat("d/b", 4),
      stat("e", 0),
      lastStat,
      data(2, "more"),
      data(2, ""),
    ];
    const { requests, received } = transfer(changed, await first.received.tree());
    expect(await entries(received.archive)).toEqual({ "d/b": "more" });
    expect(requests).toEqual([2]);
    expect([...(await received.tree()).keys()]).toEqual(["d", "d/a", "d/b", "e"]);
  });

  test("a small file has its received size, one that grew its announced size", async () => {
    const { received } = transfer([
      stat("a", 5),
      stat("b", 2),
      lastStat,
      data(0, "x"),
      data(0, ""),
      data(1, "yyyy"),
      data(1, ""),
    ]);
    expect(await entries(received.archive)).toEqual({ a: "x", b: "yy" });
  });

  test.each<[string, PacketInit[], string]>([
    ["a path that leads out", [stat("../x")], 'invalid path "../x"'],
    ["an absolute path", [stat("/etc/passwd")], "invalid path"],
    ["paths out of order", [stat("b"), stat("a")], "changes out of order"],
    ["a duplicate", [stat("a"), stat("a")], "changes out of order"],
    ["a file under a link", [stat("a", 0, { mode: (1 << 27) + 0o777, linkname: "/" }), stat("a/b")], "out of order"],
    ["content that nobody asked for", [stat("a"), data(0, "x")], "which it was not asked for"],
    ["a link to what was not sent", [stat("a", 0, { linkname: "b" })], "is a link to a file that was not sent"],
    ["a negative size", [stat("a", -1)], "invalid size"],
    ["a path that is too long", [stat("a".repeat(5000))], "file name too long"],
    ["a file after the last", [lastStat, stat("a")], "after the last one"],
    ["a large file that ends early", [stat("a", 5_000_000), lastStat, data(0, "x"), data(0, "")], "became shorter"],
    ["an error of the client's", [{ type: Type.PACKET_ERR, data: Buffer.from("gone") }], "error from sender: gone"],
    ["a request", [{ type: Type.PACKET_REQ, ID: 1 }], "unexpected packet"],
    ["an end before the last file", [{ type: Type.PACKET_FIN }], "ended the transfer of files early"],
  ])("%s is refused", async (_, sent, message) => {
    const { received } = transfer(sent);
    expect(entries(received.archive)).rejects.toThrow(message);
  });
});
