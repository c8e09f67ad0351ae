// The grammar of image names.
import { describe, expect, test } from "bun:test";
import {
  familiarReference,
  parseReference,
  repositoryOf,
  requireTaggable,
  withDefaultTag,
  withDigest,
  withTag,
} from "../../../src/api/references.ts";

const hex = "a".repeat(64);
const digest = `sha256:${hex}`;

test.each([
  ["busybox", "docker.io/library/busybox", "busybox:latest"],
  ["busybox:1.36", "docker.io/library/busybox", "busybox:1.36"],
  ["library/busybox", "docker.io/library/busybox", "busybox:latest"],
  ["docker.io/busybox", "docker.io/library/busybox", "busybox:latest"],
  ["index.docker.io/busybox", "docker.io/library/busybox", "busybox:latest"],
  ["docker.io/library/busybox:x", "docker.io/library/busybox", "busybox:x"],
  ["user/app", "docker.io/user/app", "user/app:latest"],
  ["docker.io/user/app", "docker.io/user/app", "user/app:latest"],
  ["docker.io/library/a/b", "docker.io/library/a/b", "library/a/b:latest"],
  ["localhost/x", "localhost/x", "localhost/x:latest"],
  ["localhost:5000/x:y", "localhost:5000/x", "localhost:5000/x:y"],
  ["host:5000/x", "host:5000/x", "host:5000/x:latest"],
  ["a.b/x", "a.b/x", "a.b/x:latest"],
  ["HOST/x", "HOST/x", "HOST/x:latest"],
  ["[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x:latest"],
  ["127.0.0.1:5000/a/b/c:T.a-g_1", "127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:T.a-g_1"],
  ["a__b-c---d.e", "docker.io/library/a__b-c---d.e", "a__b-c---d.e:latest"],
  [`busybox@${digest}`, "docker.io/library/busybox", `busybox@${digest}`],
  [`busybox:tag@${digest}`, "docker.io/library/busybox", `busybox:tag@${digest}`],
  [`host:5000/x:tag@${digest}`, "host:5000/x", `host:5000/x:tag@${digest}`],
  [`${hex}0`, `docker.io/library/${hex}0`, `${hex}0:latest`],
])("%s is %s and shown as %s", (text, repository, shown) => {
  const reference = withDefaultTag(parseReference(text));
  expect(repositoryOf(reference)).toBe(repository);
  expect(familiarReference(reference)).toBe(shown);
});

describe("invalid names", () => {
  const invalid = "invalid reference format";
  test.each([
    ["", invalid],
    [":tag", invalid],
    ["a//b", invalid],
    ["/a", invalid],
    ["a/", invalid],
    ["-a", invalid],
    ["a_", invalid],
    ["a___b", invalid],
    ["a..b", invalid],
    ["a b", invalid],
    ["a:", invalid],
    ["a:-tag", invalid],
    [`a:${"t".repeat(129)}`, invalid],
    ["a@sha256:123", invalid],
    [`a@${digest}@${digest}`, invalid],
    [`a@sha256:${"a".repeat(63)}`, "invalid checksum digest length"],
    ["-host.com/x", invalid],
    ["Upper", `${invalid}: repository name (library/Upper) must be lowercase`],
    ["host.com/Upper:T", `${invalid}: repository name (Upper) must be lowercase`],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    [`${"a/".repeat(130)}a`, "repository name must not be more than 255 characters"],
  ])("%p: %s", (text, message) => {
    expect(() => parseReference(text)).toThrow(message);
  });
});

test("a tag or digest replaces others", () => {
  const named = parseReference(`busybox:1@${digest}`);
  expect(familiarReference(withTag(named, "2"))).toBe("busybox:2");
  expect(familiarReference(withDigest(named, digest))).toBe(`busybox@${digest}`);
  expect(() => withTag(named, "a/b")).toThrow("invalid tag format");
  expect(() => withDigest(named, "x:y")).toThrow("invalid digest format");
});

test.each(["sha256", "sha256:x", "docker.io/library/sha256"])("%s would be read as a digest", (name) => {
  expect(() => requireTaggable(parseReference(name))).toThrow("refusing to create an ambiguous tag");
});

test.each(["me/sha256", "host:5000/sha256", "sha256x"])("%s would not be read as a digest", (name) => {
  expect(requireTaggable(parseReference(name))).toEqual(parseReference(name));
});
