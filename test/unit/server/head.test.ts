// What counts as the head of an HTTP request, and what does not.
import { describe, expect, test } from "bun:test";
import { type BodyFraming, parseHead } from "../../../src/server/http/head.ts";
import { ProtocolError } from "../../../src/server/http/protocol-error.ts";

const parse = (text: string) => parseHead(Buffer.from(text, "latin1"));

test("a request's line and fields", () => {
  const head = parse("GET /v1.47/info?a=b HTTP/1.1\r\nHost: docker\r\nX-Thing:  one \r\nx-thing: two");
  expect(head.method).toBe("GET");
  expect(head.target).toBe("/v1.47/info?a=b");
  expect(head.headers.get("x-thing")).toBe("one, two");
  expect(head.framing).toEqual({ type: "length", length: 0 });
  expect(head.keepAlive).toBe(true);
});

test.each([
  ["GET / HTTP/1.1", true],
  ["GET / HTTP/1.1\r\nConnection: close", false],
  ["GET / HTTP/1.1\r\nConnection: Upgrade, Close", false],
  ["GET / HTTP/1.0", false],
  ["GET / HTTP/1.0\r\nConnection: Keep-Alive", true],
])("%j keeps the connection: %p", (text, keepAlive) => {
  expect(parse(text).keepAlive).toBe(keepAlive);
});

test.each([
  ["Connection: Upgrade\r\nUpgrade: tcp", true],
  ["connection: keep-alive, upgrade\r\nupgrade: h2c", true],
  ["Upgrade: tcp", true],
  ["Connection: Upgrade", false],
])("%j asks for an upgrade: %p", (fields, wanted) => {
  expect(parse(`POST / HTTP/1.1\r\n${fields}`).wantsUpgrade).toBe(wanted);
});

test.each([
  ["http://docker/v1.47/info", "/v1.47/info"],
  ["HTTP://x?all=1", "/?all=1"],
  ["http://x", "/"],
  ["//double", "//double"],
])("the target %p means %p", (target, expected) => {
  expect(parse(`GET ${target} HTTP/1.1`).target).toBe(expected);
});

test.each<[string, BodyFraming]>([
  ["POST / HTTP/1.1\r\nContent-Length: 12", { type: "length", length: 12 }],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: Chunked", { type: "chunked" }],
])("%j frames its body", (text, framing) => {
  expect(parse(text).framing).toEqual(framing);
});

describe("refused", () => {
  test.each([
    [400, ""],
    [400, "GET"],
    [400, "GET /"],
    [400, "GET / HTTP/1.1 x"],
    [400, "GET  / HTTP/1.1"],
    [400, "GET / http/1.1"],
    [400, "GET / HTTP/11"],
    [505, "GET / HTTP/2.0"],
    [505, "GET / HTTP/0.9"],
    [400, "GE(T / HTTP/1.1"],
    [400, "GET /\x01 HTTP/1.1"],
    [400, "GET /\xff HTTP/1.1"],
    [400, "GET info HTTP/1.1"],
    [400, "OPTIONS * HTTP/1.1"],
    [400, "CONNECT docker:80 HTTP/1.1"],
    [400, "GET / HTTP/1.1\nHost: x"],
    [400, "GET / HTTP/1.1\r\nHost x"],
    [400, "GET / HTTP/1.1\r\n: x"],
    [400, "GET / HTTP/1.1\r\nHost : x"],
    [400, "GET / HTTP/1.1\r\n Host: x"],
    [400, "GET / HTTP/1.1\r\nA: b\r\n folded"],
    [400, "GET / HTTP/1.1\r\nA: b\0c"],
    [400, "GET / HTTP/1.1\r\nA: b\rc"],
    [400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b"],
    [400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1"],
    [400, "POST / HTTP/1.1\r\nContent-Length: 1, 1"],
    [400, "POST / HTTP/1.1\r\nContent-Length: -1"],
    [400, "POST / HTTP/1.1\r\nContent-Length: +1"],
    [400, "POST / HTTP/1.1\r\nContent-Length: 0x10"],
    [400, "POST / HTTP/1.1\r\nContent-Length: 1e3"],
    [400, "POST / HTTP/1.1\r\nContent-Length: "],
    [400, "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999"],
    [400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"],
    [400, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"],
    [400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked"],
    [501, "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked"],
    [501, "POST / HTTP/1.1\r\nTransfer-Encoding: identity"],
    [417, "POST / HTTP/1.1\r\nExpect: miracles"],
    [431, `GET / HTTP/1.1${"\r\na: b".repeat(200)}`],
  ])("%p: %j", (status, text) => {
    try {
      parse(text);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ProtocolError);
      expect(thrown).toHaveProperty("status", status);
    }
  });
});
