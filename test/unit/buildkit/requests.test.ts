// What clients ask for, as the engine's builds: attributes, definitions, exporters, filters.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { csvFields } from "../../../src/api/csv.ts";
import { definitionOfResult, sourceOfDefinition } from "../../../src/buildkit/bridge/definitions.ts";
import { solveRequestOf } from "../../../src/buildkit/bridge/request.ts";
import { exporterOf } from "../../../src/buildkit/control/exporters.ts";
import { filterOf } from "../../../src/buildkit/control/filters.ts";
import { Solve } from "../../../src/buildkit/control/solve.ts";
import { BuildKitSession } from "../../../src/buildkit/session/build-session.ts";
import { DefinitionSchema, OpSchema } from "../../../src/grpc/proto/buildkit/ops_pb.ts";
import { encode } from "../../../src/grpc/service.ts";

function requestOf(attributes: Record<string, string>, frontend = "dockerfile.v0") {
  const session = new BuildKitSession(undefined);
  const options = { ref: "r", session, exporters: [], entitlements: [], inlineCache: false };
  const signal = new AbortController().signal;
  const solve = new Solve({ ...options, recorded: undefined, body: undefined, signal });
  return solveRequestOf({ frontend, attributes, inputs: {} }, solve);
}

describe("attributes", () => {
  test.each<[Record<string, string>, object]>([
    [{}, { context: { type: "directory", name: "context" }, noCache: "none", pulls: false, platform: undefined }],
    [
      { filename: "sub/Other" },
      { dockerfile: { type: "file", context: { type: "directory", name: "dockerfile" }, path: "sub/Other" } },
    ],
    [{ "no-cache": "" }, { noCache: "all" }],
    [{ "no-cache": "a,b" }, { noCache: { stages: ["a", "b"] } }],
    [{ "image-resolve-mode": "pull" }, { pulls: true }],
    [
      { "build-arg:A": "1", "label:l": "2", target: "t" },
      { arguments: { A: "1" }, labels: { l: "2" }, target: "t" },
    ],
    [{ "build-arg:SOURCE_DATE_EPOCH": "12" }, { sourceDateEpoch: 12 }],
    [{ "build-arg:BUILDKIT_INLINE_CACHE": "1" }, { inlineCache: true }],
    [{ context: "https://host/x.git#main:dir" }, { context: { type: "git", remote: "https://host/x.git#main:dir" } }],
    [{ context: "https://host/x.tar" }, { context: { type: "url", url: "https://host/x.tar" } }],
    [{ context: "http://buildkit-session/abc" }, { context: { type: "upload", id: "abc" } }],
    [
      { "context:Base": "docker-image://alpine:3" },
      { namedContexts: { base: { type: "image", reference: "alpine:3" } } },
    ],
    [{ "context:src": "local:src" }, { namedContexts: { src: { type: "directory", name: "src" } } }],
    [{ "context:src": "git@host:x.git" }, { namedContexts: { src: { type: "git", remote: "git@host:x.git" } } }],
    [{ "add-hosts": "A=1.2.3.4,b=::1" }, { hostConfig: { extraHosts: ["a:1.2.3.4", "b:::1"] } }],
    [{ ulimit: "nofile=1024:2048,nproc=5" }, { hostConfig: { ulimits: [{ soft: 1024, hard: 2048 }, { hard: 5 }] } }],
    [
      { "shm-size": "1048576", "force-network-mode": "none" },
      { hostConfig: { shmSize: 1048576, networkMode: "none" } },
    ],
    [{ memory: "67108864", cpushares: "2" }, { hostConfig: { memory: 67108864, cpuShares: 2 } }],
    [{ "cache-from": "a,b" }, { cacheFrom: ["a", "b"] }],
    [{ "cache-imports": '[{"Type":"registry","Attrs":{"ref":"r"}},{"Type":"gha","Attrs":{}}]' }, { cacheFrom: ["r"] }],
    [{ platform: "linux/arm64" }, { platform: { os: "linux", architecture: "arm64" } }],
  ])("%j", (attributes, expected) => {
    expect(requestOf(attributes)).toMatchObject(expected);
  });

  test.each<[Record<string, string>, string]>([
    [{ platform: "linux/amd64,linux/arm64" }, "several platforms"],
    [{ "attest:sbom": "" }, "attestations (sbom) are not supported"],
    [{ "context:x": "oci-layout://x@sha256:0" }, "unsupported context source oci-layout for x"],
    [{ "context:x": "nothing" }, "invalid context specifier nothing for x"],
    [{ "context:x": "input:y" }, "invalid input y for x"],
    [{ "add-hosts": "a=b" }, "failed to parse IP b"],
    [{ "shm-size": "much" }, "invalid shm-size value: much"],
    [{ "force-network-mode": "bridge" }, "invalid netmode bridge"],
    [{ "cache-imports": "{" }, "failed to unmarshal cache-imports"],
    [{ "image-resolve-mode": "never" }, "invalid image-resolve-mode: never"],
  ])("%j is refused", (attributes, message) => {
    expect(() => requestOf(attributes)).toThrow(message);
  });

  test.each([
    ["gateway.v0", "docker/dockerfile:1.7-labs", undefined],
    ["gateway.v0", "docker.io/docker/dockerfile@sha256:00", undefined],
    ["gateway.v0", "example.com/docker/dockerfile:1", "frontend example.com/docker/dockerfile:1 is not supported"],
    ["buildpack.v0", "", "frontend buildpack.v0 is not supported"],
  ])("frontend %s of %s", (frontend, source, message) => {
    const read = () => requestOf({ source }, frontend);
    if (message === undefined) expect(read).not.toThrow();
    else expect(read).toThrow(message);
  });
});

describe("definitions", () => {
  const definition = (identifier: string, attrs = {}) => {
    const source = encode(OpSchema, { op: { case: "source", value: { identifier, attrs } } });
    const digest = `sha256:${new Bun.CryptoHasher("sha256").update(source).digest("hex")}`;
    return create(DefinitionSchema, { def: [source, encode(OpSchema, { inputs: [{ digest }] })] });
  };

  test("a result's definition refers back to it", () => {
    const result = create(DefinitionSchema, definitionOfResult("some-id"));
    expect(sourceOfDefinition(result)).toEqual({ type: "result", id: "some-id" });
  });

  test.each<[string, object, object]>([
    ["local://context", {}, { type: "directory", name: "context" }],
    ["docker-image://docker.io/library/x:1", {}, { type: "image", reference: "docker.io/library/x:1" }],
    [
      "git://host/x.git#main",
      { "git.fullurl": "https://host/x.git" },
      { type: "git", remote: "https://host/x.git#main" },
    ],
    ["https://host/file", {}, { type: "url", url: "https://host/file" }],
  ])("%s", (identifier, attrs, source) => {
    expect(sourceOfDefinition(definition(identifier, attrs))).toMatchObject(source);
  });

  test("a directory of a repository, as bake sends it for a context beside a remote file", () => {
    const value = { identifier: "git://host/x.git#main", attrs: { "git.fullurl": "https://host/x.git" } };
    const source = encode(OpSchema, { op: { case: "source", value } });
    const digestOf = (bytes: Uint8Array) => `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
    const copy = { src: "/app/", dest: "/", dirCopyContents: true };
    const action = { input: -1n, secondaryInput: 0n, output: 0n, action: { case: "copy", value: copy } } as const;
    const inputs = [{ digest: digestOf(source) }];
    const file = encode(OpSchema, { inputs, op: { case: "file", value: { actions: [action] } } });
    const last = encode(OpSchema, { inputs: [{ digest: digestOf(file) }] });
    const directory = create(DefinitionSchema, { def: [source, file, last] });
    expect(sourceOfDefinition(directory)).toEqual({ type: "git", remote: "https://host/x.git#main:app" });
  });

  test("names an unsupported operation in the error", () => {
    const exec = encode(OpSchema, { op: { case: "exec", value: {} } });
    const digest = `sha256:${new Bun.CryptoHasher("sha256").update(exec).digest("hex")}`;
    const foreign = create(DefinitionSchema, { def: [exec, encode(OpSchema, { inputs: [{ digest }] })] });
    expect(() => sourceOfDefinition(foreign)).toThrow('the operation "exec" is not supported');
  });
});

test.each([
  ["", []],
  ["a,b", ["a", "b"]],
  ['"a,b",c', ["a,b", "c"]],
  ['"a ""b""",', ['a "b"', ""]],
])("the list %j", (line, fields) => {
  expect(csvFields(line)).toEqual(fields);
});

describe("exporters", () => {
  test("names of an image", () => {
    const attributes = { name: "a:1,b", other: "x" };
    expect(exporterOf({ type: "moby", attributes })).toMatchObject({
      type: "image",
      names: [{ path: "library/a", tag: "1" }, { path: "library/b" }],
    });
  });

  test.each([
    [{ type: "oci", attributes: {} }, 'exporter "oci" is not supported'],
    [{ type: "image", attributes: { push: "true" } }, "tag is needed when pushing to registry"],
    [
      { type: "image", attributes: { push: "true", name: "a", "push-by-digest": "true" } },
      "push-by-digest=true is not",
    ],
    [{ type: "moby", attributes: { name: "a@sha256:0" } }, "invalid reference format"],
  ])("%j is refused", (exporter, message) => {
    expect(() => exporterOf(exporter)).toThrow(message);
  });
});

test.each([
  [[], true],
  [["type==regular"], true],
  [["type==other"], false],
  [["type==other", "id==1"], true],
  [["type==regular,inuse"], false],
  [["shared"], true],
  [["id!=2,description~=^pulled"], true],
  [['description=="pulled from x"'], true],
])("the filter %j", (filters, matches) => {
  const fields = new Map([
    ["id", "1"],
    ["type", "regular"],
    ["shared", ""],
    ["description", "pulled from x"],
  ]);
  expect(filterOf(filters)((name) => fields.get(name))).toBe(matches);
});
