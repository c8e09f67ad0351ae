// The request for a build.
import { expect, test } from "bun:test";
import { buildRequest } from "../../../src/client/build.ts";
import { encodeQuery } from "../../../src/client/query.ts";

const context = new Blob(["x"]);
const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, "base64url").toString());

test("omits unset options", () => {
  const { query = {}, headers = {} } = buildRequest(context, {});
  expect(encodeQuery(query)).toBe("?version=1");
  expect(Object.keys(headers)).toEqual(["X-Registry-Config"]);
});

test("lists are repeated or JSON, as Docker's command sends them", () => {
  const { query = {} } = buildRequest(context, {
    tags: ["a", "b:1"],
    extraHosts: ["h:1.2.3.4"],
    securityOptions: ["seccomp=x", "no-new-privileges"],
    cacheFrom: ["c"],
    buildArguments: { A: "1", B: null },
    labels: { l: "" },
    ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }],
    remove: false,
    memorySwap: -1,
  });
  expect([...new URLSearchParams(encodeQuery(query))]).toEqual([
    ["t", "a"],
    ["t", "b:1"],
    ["rm", "0"],
    ["buildargs", '{"A":"1","B":null}'],
    ["labels", '{"l":""}'],
    ["cachefrom", '["c"]'],
    ["extrahosts", "h:1.2.3.4"],
    ["securityopt", "seccomp=x"],
    ["securityopt", "no-new-privileges"],
    ["version", "1"],
    ["memswap", "-1"],
    ["ulimits", '[{"Name":"nofile","Soft":1,"Hard":2}]'],
  ]);
});

test("credentials and secrets are sent in headers", () => {
  const { headers = {} } = buildRequest(context, {
    credentials: { "registry.example": { username: "anna", password: "ÿ?>" } },
    secrets: { token: Buffer.from([0, 255]) },
  });
  expect(decoded(headers["X-Registry-Config"] ?? "")).toEqual({
    "registry.example": { username: "anna", password: "ÿ?>" },
  });
  expect(decoded(headers["X-Build-Secrets"] ?? "")).toEqual({ token: "AP8=" });
});

test("the engine downloads a URL", () => {
  const { query = {}, body } = buildRequest("https://example.org/context.tar", {});
  expect(encodeQuery(query)).toBe("?remote=https%3A%2F%2Fexample.org%2Fcontext.tar&version=1");
  expect(body).toBeUndefined();
});
