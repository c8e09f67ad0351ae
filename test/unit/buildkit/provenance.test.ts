// The provenance of a build: what it says of the request, and what it must not say.
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { attestationOf, provenanceOf } from "../../../src/buildkit/control/provenance.ts";

function predicateOf(attributes: Record<string, string>) {
  return JSON.parse(Buffer.from(provenanceOf({ frontend: "", attributes }).json).toString());
}

test("a build of directories names them, the Dockerfile and the arguments", () => {
  const { buildType, invocation } = predicateOf({
    filename: "Dockerfile",
    "build-arg:V": "1",
    "context:lib": "local:lib",
    "context:base": "docker-image://busybox",
  });
  expect(buildType).toBe("https://mobyproject.org/buildkit@v1");
  expect(invocation.configSource).toEqual({ entryPoint: "Dockerfile" });
  expect(invocation.parameters).toEqual({
    frontend: "dockerfile.v0",
    args: { "build-arg:V": "1", "context:lib": "local:lib", "context:base": "docker-image://busybox" },
    locals: [{ name: "context" }, { name: "dockerfile" }, { name: "lib" }],
  });
});

test("a build of a repository names its address without the password, and the revision", () => {
  const { invocation, metadata } = predicateOf({
    context: "https://user:secret@example.com/x.git#main",
    "vcs:source": "https://user:secret@example.com/x.git",
    "vcs:revision": "abc",
  });
  expect(invocation.configSource).toEqual({ uri: "https://xxxxx@example.com/x.git#main" });
  expect(invocation.parameters.locals).toBeUndefined();
  const { vcs } = metadata["https://mobyproject.org/buildkit@v1#metadata"];
  expect(vcs).toEqual({ source: "https://xxxxx@example.com/x.git", revision: "abc" });
});

test("attributes of the host and cache options, which may contain credentials, are omitted", () => {
  const attributes = { "cache-from": "x", "cache-imports": "y", platform: "linux/arm64", "cgroup-parent": "z" };
  expect(predicateOf(attributes).invocation.parameters.args).toBeUndefined();
});

test("a history record refers to it by digest and size", () => {
  const provenance = provenanceOf({ frontend: "", attributes: {} });
  expect(attestationOf(provenance)).toEqual({
    mediaType: "application/vnd.in-toto+json",
    digest: `sha256:${createHash("sha256").update(provenance.json).digest("hex")}`,
    size: BigInt(provenance.json.length),
    annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2" },
  });
});
