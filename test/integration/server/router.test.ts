// Routing by path and version, and the handling of errors.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { BerthError } from "../../../src/api/errors.ts";
import type { Route } from "../../../src/server/exchange.ts";
import { RawClient, startServer, type TestServer } from "./support.ts";

const echo = (name: string): Route["handler"] => {
  return ({ params, version, path }) => ({
    type: "json",
    status: 200,
    body: { name, params, minor: version.minor, path },
  });
};

const routes: Route[] = [
  { method: "GET", pattern: "/things/json", handler: echo("list") },
  { method: "GET", pattern: "/things/{id}/json", handler: echo("one") },
  { method: "GET", pattern: "/images/{name:*}/json", handler: echo("image") },
  { method: "DELETE", pattern: "/images/{name:*}", handler: echo("remove") },
  {
    method: "POST",
    pattern: "/fail/{kind}",
    handler: ({ params }) => {
      switch (params.kind) {
        case "notFound":
          throw new BerthError("notFound", "No such container: x");
        case "conflict":
          throw new BerthError("conflict", "in use");
        case "notModified":
          throw new BerthError("notModified", "already so");
        case "notImplemented":
          throw new BerthError("notImplemented", "not here");
        case "string":
          throw "just text";
        default:
          throw new TypeError("a mistake");
      }
    },
  },
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer(routes);
});
afterAll(() => server[Symbol.asyncDispose]());

function ask(method: string, path: string): Promise<Response> {
  const { path: unix } = { path: "", ...server.unix };
  return fetch(`http://localhost${path}`, { unix, method });
}

describe("found", () => {
  test.each([
    ["GET", "/things/json", { name: "list", minor: 51 }],
    ["GET", "/v1.24/things/json", { name: "list", minor: 24, path: "/things/json" }],
    ["GET", "/v1.51/things/json", { name: "list", minor: 51 }],
    ["GET", "/things/a%20b/json", { name: "one", params: { id: "a b" } }],
    ["GET", "/things/%E2%82%AC/json", { params: { id: "€" } }],
    ["GET", "/v1.47/images/reg:5000/a/b:tag/json", { name: "image", params: { name: "reg:5000/a/b:tag" } }],
    ["GET", "/images/a%2Fb/json", { params: { name: "a/b" } }],
    ["DELETE", "/images/a/b", { name: "remove", params: { name: "a/b" } }],
  ])("%s %s", async (method, path, expected) => {
    const reply = await ask(method, path);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject(expected);
  });

  test("every version from the oldest to the latest", async () => {
    for (let minor = 24; minor <= 51; minor++) {
      expect(await (await ask("GET", `/v1.${minor}/things/json`)).json()).toMatchObject({ minor });
    }
  });
});

/** Sends the path unchanged; fetch normalizes paths. */
async function answerTo(method: string, target: string): Promise<string> {
  const client = new RawClient(server.unix);
  client.send(`${method} ${target} HTTP/1.1\r\nConnection: close\r\n\r\n`);
  return await client.rest();
}

// What Docker 20.10 answers.
describe("moved to its clean path", () => {
  test.each([
    ["GET", "//info", "/info"],
    ["POST", "/v1.41//info?x=1&y=%2F", "/v1.41/info?x=1&y=%2F"],
    ["GET", "/things/./json", "/things/json"],
    ["HEAD", "/v1.41/things/../info", "/v1.41/info"],
    ["GET", "/things//a/", "/things/a/"],
    ["GET", "/things/%2e%2e/a%20b", "/a%20b"],
    ["GET", "//", "/"],
  ])("%s %s", async (method, target, location) => {
    const answer = await answerTo(method, target);
    expect(answer).toStartWith("HTTP/1.1 301 ");
    expect(answer).toContain(`\r\nLocation: ${location}\r\n`);
  });
});

describe("refused", () => {
  test.each([
    ["GET", "/", 404, "page not found"],
    ["GET", "/nowhere", 404, "page not found"],
    ["GET", "/things/json/", 404, "page not found"],
    ["GET", "/things/a/b/json", 404, "page not found"],
    ["POST", "/things/json", 404, "page not found"],
    ["PUT", "/things/json", 404, "page not found"],
    ["PATCH", "/things/json", 404, "page not found"],
    ["GET", "/v1.51", 404, "page not found"],
    ["GET", "/v/things/json", 404, "page not found"],
    ["GET", "/v1.47/nowhere", 404, "page not found"],
    ["GET", "/v1.52/things/json", 400, "is too new. Maximum supported API version is 1.51"],
    ["GET", "/things/%zz/json", 400, "invalid URL escape"],
    ["GET", "/things/%ff/json", 400, "invalid URL escape"],
    ["GET", "/things/a%00b/json", 400, "invalid URL escape"],
    ["GET", "/things/json?x=%z", 400, "invalid URL escape"],
    ["POST", "/fail/notFound", 404, "No such container: x"],
    ["POST", "/fail/conflict", 409, "in use"],
    ["POST", "/fail/notImplemented", 501, "not here"],
    ["POST", "/fail/bug", 500, "a mistake"],
    ["POST", "/fail/string", 500, "just text"],
  ])("%s %s: %d", async (method, path, status, message) => {
    const reply = await ask(method, path);
    expect(reply.status).toBe(status);
    expect(reply.headers.get("content-type")).toBe("application/json");
    expect(await reply.json()).toEqual({ message: expect.stringContaining(message) });
  });

  test("a version before JSON errors, as text", async () => {
    const reply = await ask("GET", "/v1.21/things/json");
    expect([reply.status, reply.headers.get("content-type")]).toEqual([400, "text/plain; charset=utf-8"]);
    expect(await reply.text()).toContain("is too old. Minimum supported API version is 1.22");
  });

  test("not modified has no body", async () => {
    const reply = await ask("POST", "/fail/notModified");
    expect(reply.status).toBe(304);
    expect(await reply.text()).toBe("");
  });

  test("logs internal errors with stack, others without", async () => {
    server.lines.length = 0;
    await ask("POST", "/fail/conflict");
    await ask("POST", "/fail/notImplemented");
    expect(server.lines.filter((line) => line.includes(" error "))).toEqual([]);
    await ask("POST", "/fail/bug");
    const [line = ""] = server.lines.filter((text) => text.includes(" error "));
    expect(line).toContain("router.test.ts");
    expect(line).toContain("target=/fail/bug");
  });
});
