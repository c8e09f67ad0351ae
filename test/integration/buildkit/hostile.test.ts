// BuildKit clients that violate the protocol: each gets a clear error, and the daemon keeps running.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:http2";
import { join } from "node:path";
import * as v from "valibot";
import { MAX_MESSAGE_LENGTH } from "../../../src/grpc/framing.ts";
import { Control } from "../../../src/grpc/proto/buildkit/control_pb.ts";
import { LLBBridge } from "../../../src/grpc/proto/buildkit/gateway_pb.ts";
import { Packet_PacketType as Type } from "../../../src/grpc/proto/fsutil/wire_pb.ts";
import {
  connectControl,
  oneFile,
  openSession,
  type PacketInit,
  sending,
  solve,
} from "../../support/buildkit-session.ts";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { upgrade } from "../../support/upgrade.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon?.dispose());

afterEach(async () => {
  expect((await daemon.request("GET", "/_ping")).status).toBe(200);
  await eventually("nothing to be left of the builds", () => readdirSync(join(daemon.dataRoot, "builds")).length === 0);
});

const GO_SYMLINK = 1 << 27;
const GO_DIRECTORY = 2 ** 31;

const stat = (path: string, size = 0, mode = 0o644, linkname = ""): PacketInit => ({
  type: Type.PACKET_STAT,
  stat: { path, mode, size: BigInt(size), modTime: 1n, linkname },
});
const lastStat: PacketInit = { type: Type.PACKET_STAT };
const data = (ID: number, text: string): PacketInit => ({ type: Type.PACKET_DATA, ID, data: Buffer.from(text) });

async function* all(packets: readonly PacketInit[]): AsyncGenerator<PacketInit, void, void> {
  yield* packets;
}

/** The error of a build whose context is sent as these packets. */
async function failureOf(packets: () => AsyncIterable<PacketInit>, copied = "."): Promise<string> {
  const control = await connectControl(daemon);
  using session = await openSession(daemon, [
    sending((name) =>
      name === "dockerfile" ? oneFile("Dockerfile", `FROM busybox\nCOPY ${copied} /x/\n`) : packets(),
    ),
  ]);
  try {
    await solve(control, session.id);
    return "";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } finally {
    control.close();
  }
}

describe("a context", () => {
  test.each<[string, PacketInit[], RegExp]>([
    ["that leads out by ..", [stat("../../../../tmp/berth-escape")], /invalid path/],
    ["with an absolute path", [stat("/tmp/berth-escape")], /invalid path/],
    ["through a link", [stat("a", 0, GO_SYMLINK + 0o777, "/tmp"), stat("a/berth-escape")], /out of order/],
    ["with a file in a file", [stat("a"), stat("a/b")], /out of order/],
    ["out of order", [stat("b"), stat("a")], /out of order/],
    ["with a name twice", [stat("a"), stat("a")], /out of order/],
    ["with content that nobody asked for", [stat("a"), data(7, "x")], /was not asked for/],
    ["with a size that lies", [stat("a", 2 ** 40), lastStat, data(0, "x"), data(0, "")], /became shorter/],
    ["that ends in the middle", [stat("a", 10), { type: Type.PACKET_FIN }], /ended the transfer of files early/],
    ["that fails by itself", [{ type: Type.PACKET_ERR, data: Buffer.from("disk on fire") }], /disk on fire/],
  ])("%s is refused", async (_, packets, message) => {
    expect(await failureOf(() => all(packets))).toMatch(message);
    expect(existsSync("/tmp/berth-escape")).toBe(false);
  });

  test("with a link to the outside writes nothing there", async () => {
    const packets = [
      stat("d", 0, GO_DIRECTORY + 0o755),
      stat("d/l", 0, GO_SYMLINK + 0o777, "/etc/passwd"),
      stat("e", 0, GO_SYMLINK + 0o777, "../../../etc"),
      lastStat,
    ];
    expect(await failureOf(() => all(packets))).toBe("");
  });

  test("of 30,000 files is built", async () => {
    async function* many(): AsyncGenerator<PacketInit, void, void> {
      for (let index = 0; index < 30_000; index++) yield stat(`f${String(index).padStart(6, "0")}`);
      yield lastStat;
    }
    expect(await failureOf(many, "f029999")).toBe("");
  });

  test("fails the build when its session closes midway", async () => {
    const control = await connectControl(daemon);
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    async function* stuck(): AsyncGenerator<PacketInit, void, void> {
      yield stat("a", 1_000_000);
      ask();
      await new Promise(() => {});
    }
    const session = await openSession(daemon, [
      sending((name) => (name === "dockerfile" ? oneFile("Dockerfile", "FROM busybox\nCOPY . /x/\n") : stuck())),
    ]);
    const failure = solve(control, session.id).then(
      () => "",
      (thrown: Error) => thrown.message,
    );
    await asked;
    session[Symbol.dispose]();
    expect(await failure).toContain("the client closed its session");
    control.close();
  });
});

test("an unknown session fails", async () => {
  const control = await connectControl(daemon);
  expect(solve(control, "no-such-session")).rejects.toThrow("no active session for no-such-session");
  control.close();
});

test("names an unsupported LLB operation in the error", async () => {
  const control = await connectControl(daemon);
  const request = { Ref: "llb", Definition: { def: [Buffer.from("x")] } };
  const call = control.unary(Control.method.solve, request, { signal: new AbortController().signal });
  expect(call).rejects.toThrow("LLB definitions are not supported");
  control.close();
});

test("rejects incomplete gateway calls", async () => {
  const control = await connectControl(daemon);
  const { method } = LLBBridge;
  const { signal } = new AbortController();
  const metadata = { "buildkit-controlapi-buildid": "gateway" };
  const solving = control.unary(Control.method.solve, { Ref: "gateway", Internal: true }, { signal });
  solving.catch(() => {});
  await control.unary(method.ping, {}, { metadata, signal });
  const calls = [
    control.unary(method.solve, { Frontend: "dockerfile.v0" }, { metadata, signal }),
    control.unary(method.solve, { Definition: { def: [new Uint8Array(0)] } }, { metadata, signal }),
    control.unary(method.statFile, { Ref: "none", Path: "../x" }, { metadata, signal }),
    control.unary(method.evaluate, {}, { metadata, signal }),
    control.unary(method.newContainer, { ContainerID: "c", Mounts: [{}] }, { metadata, signal }),
    control.unary(method.return, { result: { result: { case: "refs", value: {} } } }, { metadata, signal }),
    control.unary(method.return, { result: { result: { case: "ref", value: { id: "none" } } } }, { metadata, signal }),
    control.unary(method.ping, {}, { signal }),
  ];
  expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(calls.map(() => "rejected"));
  await control.unary(method.return, { error: { code: 0, message: "given up" } }, { metadata, signal });
  expect(solving).rejects.toThrow("given up");
  control.close();
});

test("a scoped socket reaches neither gRPC nor a session", async () => {
  const request = { Name: "reader", Allow: ["read", "control"] };
  const answer = await daemon.request("POST", "/berth/sockets/create", request);
  const { Path: path } = v.parse(v.object({ Path: v.string() }), await answer.json());
  for (const target of ["/grpc", "/session"]) expect(upgrade(path, target)).rejects.toThrow("403 Forbidden");
});

describe("gRPC", () => {
  /** The status that ends a call whose request are these bytes. */
  async function statusOf(bytes: Uint8Array, headers: Record<string, string> = {}): Promise<string> {
    const connection = await upgrade(daemon.socket, "/grpc");
    const session = connect("http://localhost", { createConnection: () => connection });
    session.on("error", () => {});
    try {
      const stream = session.request({
        ":method": "POST",
        ":path": "/moby.buildkit.v1.Control/ListWorkers",
        "content-type": "application/grpc",
        ...headers,
      });
      stream.on("error", () => {});
      const answer = new Promise<string>((resolve) => {
        stream.on("response", (found) => found["grpc-status"] && resolve(String(found["grpc-message"])));
        stream.on("trailers", (found) => resolve(String(found["grpc-message"] ?? found["grpc-status"])));
        stream.on("close", () => resolve("closed"));
      });
      stream.resume();
      stream.end(bytes);
      return await answer;
    } finally {
      session.destroy();
    }
  }

  const framed = (length: number, flag = 0): Buffer => {
    const prefix = Buffer.alloc(5);
    prefix[0] = flag;
    prefix.writeUInt32BE(length, 1);
    return prefix;
  };

  test.each<[string, Uint8Array, string]>([
    ["a good message", framed(0), "0"],
    ["a compressed message", framed(0, 1), "grpc: compressed messages are not supported"],
    ["a huge message", framed(MAX_MESSAGE_LENGTH + 1), "grpc: received message larger than max"],
    [
      "a message that is cut short",
      Buffer.concat([framed(10), Buffer.from("abc")]),
      "the stream ended inside a message",
    ],
    ["no message", new Uint8Array(0), "the request has no message"],
    [
      "bytes that are no such message",
      Buffer.concat([framed(3), Buffer.from([0xff, 0xff, 0xff])]),
      "failed to unmarshal",
    ],
  ])("%s", async (_, bytes, status) => {
    expect(await statusOf(bytes)).toContain(status);
  });

  test("huge headers fail the call", async () => {
    expect(await statusOf(framed(0), { "x-large": "x".repeat(1024 * 1024) })).not.toBe("0");
  });

  test("closes the connection after thousands of reset streams", async () => {
    const connection = await upgrade(daemon.socket, "/grpc");
    const session = connect("http://localhost", { createConnection: () => connection });
    session.on("error", () => {});
    const closed = new Promise<void>((resolve) => session.on("close", () => resolve()));
    for (let count = 0; count < 3000 && !session.destroyed; count++) {
      const stream = session.request({
        ":method": "POST",
        ":path": "/moby.buildkit.v1.Control/Status",
        "content-type": "application/grpc",
      });
      stream.on("error", () => {});
      stream.close(8);
      if (count % 50 === 0) await Bun.sleep(0);
    }
    await closed;
  });

  test("closes connections that are not HTTP/2", async () => {
    const connection = await upgrade(daemon.socket, "/grpc");
    const closed = new Promise<void>((resolve) => connection.on("close", () => resolve()));
    connection.on("error", () => {});
    connection.resume();
    connection.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(10));
    await closed;
  });
});
