// The client without an engine: addresses, queries, streams, references.
import { describe, expect, test } from "bun:test";
import { isOlderVersion } from "../../../src/client/connection.ts";
import { parseEndpoint } from "../../../src/client/endpoint.ts";
import { connectionError } from "../../../src/client/errors.ts";
import { parametersOf } from "../../../src/client/images.ts";
import { encodeQuery } from "../../../src/client/query.ts";
import { sshArguments } from "../../../src/client/ssh.ts";
import { frames, jsonLines } from "../../../src/client/streams.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("addresses", () => {
  test.each([
    ["", { kind: "unix", path: "/run/berth.sock" }],
    ["unix://", { kind: "unix", path: "/run/berth.sock" }],
    ["unix:///x/y", { kind: "unix", path: "/x/y", host: "unix:///x/y" }],
    ["tcp://far", { kind: "tcp", hostname: "far", port: 2375 }],
    ["far:1234", { kind: "tcp", hostname: "far", port: 1234, host: "tcp://far:1234" }],
    ["tcp://[::1]:1234", { kind: "tcp", hostname: "[::1]", port: 1234 }],
    ["tcp://far:1/base/", { kind: "tcp", basePath: "/base" }],
    ["ssh://me@far:2222/run/x.sock", { kind: "ssh", user: "me", hostname: "far", port: "2222", path: "/run/x.sock" }],
    ["ssh://far", { kind: "ssh", user: undefined, hostname: "far", path: "" }],
  ])("%s", (host, expected) => {
    expect(parseEndpoint(host)).toMatchObject(expected);
  });

  test("TLS has its own default port", () => {
    expect(parseEndpoint("tcp://far", {})).toMatchObject({ port: 2376 });
  });

  test.each([
    ["foo://x", "unable to resolve docker endpoint: invalid bind address format: foo://x"],
    ["npipe://x", "protocol not available"],
    ["tcp://far:99999", "unable to resolve docker endpoint: invalid bind address format: tcp://far:99999"],
    ["ssh://me:secret@far", "unable to resolve docker endpoint: invalid SSH URL: plain-text password is not supported"],
  ])("%s is refused", (host, message) => {
    expect(() => parseEndpoint(host)).toThrow(message);
  });

  test("an engine reached by ssh", () => {
    const endpoint = parseEndpoint("ssh://me@far:2222/run/it's.sock");
    if (endpoint.kind !== "ssh") throw new Error("not ssh");
    const [command, ...rest] = sshArguments(endpoint).reverse();
    expect(rest.reverse()).toEqual(["ssh", "-o", "ConnectTimeout=30", "-T", "-l", "me", "-p", "2222", "--", "far"]);
    expect(command).toContain("system dial-stdio");
  });
});

test.each([
  [{}, ""],
  [{ all: true, size: false, limit: undefined }, "?all=1"],
  [{ t: 0, name: "a b" }, "?t=0&name=a%20b"],
  [{ names: ["a", "b"] }, "?names=a&names=b"],
  [{ filters: {} }, ""],
  [{ filters: { status: ["exited"] } }, `?filters=${encodeURIComponent('{"status":{"exited":true}}')}`],
])("the query of %j", (query, expected) => {
  expect(encodeQuery(query)).toBe(expected);
});

describe("streams", () => {
  async function* pieces(bytes: Uint8Array, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  const frame = (stream: number, text: string) => {
    const payload = Buffer.from(text);
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(payload.length, 4);
    return Buffer.concat([header, payload]);
  };

  test.each([1, 3, 8, 11, 1000])("frames in pieces of %d bytes", async (size) => {
    const bytes = Buffer.concat([frame(1, "hello "), frame(2, ""), frame(2, "oh no"), frame(1, "world")]);
    const outputs = ["", "", ""];
    for await (const { stream, payload } of frames(pieces(bytes, size)))
      outputs[stream] += Buffer.from(payload).toString();
    expect(outputs).toEqual(["", "hello world", "oh no"]);
  });

  test.each([1, 5, 1000])("lines of JSON in pieces of %d bytes", async (size) => {
    const values: unknown[] = [];
    const text = Buffer.from('{"a":"ä"}\r\n\r\n[1]\n"last"');
    for await (const value of jsonLines(pieces(text, size))) values.push(value);
    expect(values).toEqual([{ a: "ä" }, [1], "last"]);
  });
});

test.each([
  ["busybox", "busybox", ""],
  ["busybox:1.0", "busybox", "1.0"],
  ["host:5000/x", "host:5000/x", ""],
  ["host:5000/x:y", "host:5000/x", "y"],
  [`x@${DIGEST}`, "x", DIGEST],
  [`x:y@${DIGEST}`, "x", DIGEST],
])("%s taken apart", (reference, name, tag) => {
  expect(parametersOf(reference)).toEqual({ name, tag });
});

test.each([
  ["1.41", "1.51", true],
  ["1.51", "1.41", false],
  ["1.9", "1.24", true],
  ["1.51", "1.51", false],
])("%s before %s", (a, b, expected) => {
  expect(isOlderVersion(a, b)).toBe(expected);
});

test.each([
  ["ENOENT", "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"],
  ["ECONNREFUSED", "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"],
  [
    "EACCES",
    'permission denied while trying to connect to the Docker daemon socket at unix:///x: Get "http://%2Fx/v1.51/info": dial unix /x: connect: permission denied',
  ],
  ["ECONNRESET", 'error during connect: Get "http://%2Fx/v1.51/info": EOF'],
])("%s in Docker's words", (code, message) => {
  const thrown = Object.assign(new Error("as Bun says it"), { code });
  expect(connectionError("unix:///x", "GET", "http://%2Fx/v1.51/info", thrown).message).toBe(message);
});
