// JSON bodies read as Go reads them.
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createContainerSchema } from "../../../src/api/container-requests.ts";
import { readJson, validateJson } from "../../../src/server/json-body.ts";

const schema = v.object({
  Name: v.optional(v.string()),
  Count: v.optional(v.number()),
  Tags: v.optional(v.array(v.string())),
  Ports: v.optional(v.record(v.string(), v.object({ Host: v.optional(v.string()) }))),
  Bindings: v.optional(v.record(v.string(), v.nullable(v.array(v.string())))),
  Inner: v.optional(v.object({ Deep: v.optional(v.boolean()) })),
});

test.each([
  ["", {}],
  ["null", {}],
  ["{}", {}],
  ['{"Name":null,"Count":3}', { Count: 3 }],
  ['{"name":"x","COUNT":1}', { Name: "x", Count: 1 }],
  ['{"Unknown":{"a":[1]}}', {}],
  ['{"Ports":{"80/tcp":null}}', { Ports: { "80/tcp": {} } }],
  ['{"Ports":{"80/tcp":{"host":"h"}}}', { Ports: { "80/tcp": { Host: "h" } } }],
  ['{"Bindings":{"80/tcp":null}}', { Bindings: { "80/tcp": null } }],
  ['{"Tags":["a",null]}', { Tags: ["a", ""] }],
  ['{"Inner":{"deep":true,"x":1}}', { Inner: { Deep: true } }],
  ['{"constructor":1,"toString":2}', {}],
])("%j is %j", (text, value) => {
  expect(validateJson(schema, text)).toEqual(value);
});

test("maps are sorted by name", () => {
  const { Bindings } = validateJson(schema, '{"Bindings":{"z":null,"a":["1"],"B":null}}');
  expect(Object.keys(Bindings ?? {})).toEqual(["B", "a", "z"]);
});

test("names like __proto__ do not reach the prototype", () => {
  const value = validateJson(schema, '{"__proto__":{"Name":"evil"},"Ports":{"__proto__":{"Host":"x"}}}');
  expect(value.Name).toBeUndefined();
  expect({}).not.toHaveProperty("Host");
});

describe("rejected with a message", () => {
  test.each([
    ["{", "invalid JSON: unexpected EOF"],
    ["{} x", "unexpected content after JSON"],
    [" ", "invalid JSON: got EOF while reading request body"],
    ['{"Name":5}', "invalid JSON: Name: "],
    ['{"Tags":"x"}', "invalid JSON: Tags: "],
    ['{"Tags":["a",{"b":1}]}', "invalid JSON: Tags.1: "],
    ['{"Ports":{"80/tcp":7}}', "invalid JSON: Ports.80/tcp: "],
    ["[]", "invalid JSON: "],
    ['{"Inner":[]}', "invalid JSON: Inner: "],
    ['{"Ports":[{}]}', "invalid JSON: Ports: "],
    ["7", "invalid JSON: "],
    ['"text"', "invalid JSON: "],
    ["[".repeat(200_000), "invalid JSON"],
    [`${'{"Inner":'.repeat(100_000)}`, "invalid JSON"],
  ])("case %#", (text, message) => {
    expect(() => validateJson(schema, text)).toThrow(message);
  });
});

test("deeply nested unknown values are harmless", () => {
  const deep = `${"[".repeat(3000)}${"]".repeat(3000)}`;
  expect(() => validateJson(createContainerSchema, `{"Image":"x","HostConfig":{"Annotations":${deep}}}`)).toThrow();
});

async function* bodyOf(text: string) {
  yield Buffer.from(text);
}

test.each([
  [undefined, "{}", "malformed Content-Type header ()"],
  ["", "{}", "malformed Content-Type header ()"],
  ["text/plain", "{}", "unsupported Content-Type header (text/plain): must be 'application/json'"],
  ["nonsense", "{}", "malformed Content-Type header (nonsense)"],
])("Content-Type %p is refused", async (contentType, text, message) => {
  await expect(readJson(schema, bodyOf(text), contentType)).rejects.toThrow(message);
});

test.each([
  [undefined, ""],
  ["application/json", ""],
  ["application/json; charset=utf-8", "{}"],
  ["Application/JSON", "{}"],
])("Content-Type %p with %j is taken", async (contentType, text) => {
  expect(await readJson(schema, bodyOf(text), contentType)).toEqual({});
});

test("rejects a body over the limit", async () => {
  const body = async function* () {
    for (;;) yield Buffer.alloc(1024 * 1024, " ");
  };
  await expect(readJson(schema, body(), "application/json")).rejects.toThrow("larger than");
});
