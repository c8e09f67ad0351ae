import { describe, expect, test } from "bun:test";
import { refuseCrossOrigin } from "../../../src/server/cross-origin.ts";

const host = { host: "127.0.0.1:2375" };
const webSocket = { ...host, upgrade: "websocket" };
const foreign = { origin: "https://example.com" };

function isRefused(method: string, fields: Record<string, string>, overTcp: boolean): boolean {
  try {
    refuseCrossOrigin({ method, headers: new Map(Object.entries(fields)), overTcp });
    return false;
  } catch {
    return true;
  }
}

describe("requests from other origins", () => {
  test.each([
    ["POST without a preflight, over TCP", "POST", { ...host, ...foreign }, true],
    ["POST that the browser marks", "POST", { ...host, "sec-fetch-site": "cross-site" }, false],
    ["POST of a sibling", "POST", { ...host, "sec-fetch-site": "same-site" }, true],
    ["WebSocket", "GET", { ...webSocket, ...foreign }, true],
    ["WebSocket through a proxy to the unix socket", "GET", { ...webSocket, ...foreign }, false],
    ["WebSocket of a page of localhost, over TCP", "GET", { ...webSocket, origin: "http://localhost" }, true],
    ["WebSocket of a sandboxed frame", "GET", { ...webSocket, origin: "null" }, true],
  ] as const)("%s is refused", (_, method, fields, overTcp) => {
    expect(isRefused(method, fields, overTcp)).toBe(true);
  });
});

describe("requests from programs and own pages", () => {
  test.each([
    ["a program's POST", "POST", host, true],
    ["a program's WebSocket", "GET", webSocket, true],
    ["a GET, whose answer a foreign page cannot read", "GET", { ...host, ...foreign }, true],
    ["the own page's WebSocket", "GET", { ...webSocket, origin: "http://127.0.0.1:2375" }, true],
    ["the own page's POST", "POST", { ...host, ...foreign, "sec-fetch-site": "same-origin" }, true],
    ["a Go program's WebSocket on the unix socket", "GET", { ...webSocket, origin: "http://localhost" }, false],
    ["a web interface's POST on the unix socket", "POST", { ...host, ...foreign }, false],
  ] as const)("%s passes", (_, method, fields, overTcp) => {
    expect(isRefused(method, fields, overTcp)).toBe(false);
  });
});
