// The words of `RUN --mount`.
import { expect, test } from "bun:test";
import { readMount } from "../../../../src/engine/build/steps/run-mounts.ts";

test.each([
  ["target=/x", { type: "bind", target: "/x", isReadOnly: true }],
  ["type=bind,src=a,dst=/x,from=b,rw", { source: "a", target: "/x", from: "b", isReadOnly: false }],
  ["target=/x,readonly=false", { isReadOnly: false }],
  ["type=cache,target=/x", { type: "cache", isReadOnly: false, sharing: "shared", id: "" }],
  [
    "type=cache,target=/x,id=y,sharing=locked,uid=1,gid=2,mode=0700",
    { id: "y", sharing: "locked", uid: 1, gid: 2, mode: 0o700 },
  ],
  ["type=tmpfs,target=/x,size=64m", { type: "tmpfs", size: 64 * 2 ** 20 }],
  ["type=secret,id=s", { id: "s", target: "/run/secrets/s", isRequired: false }],
  ["type=secret,target=/a/b,required", { id: "b", target: "/a/b", isRequired: true }],
  ["type=secret,id=s,env=S", { target: "", variable: "S" }],
])("%s", (text, expected) => {
  expect(readMount(text)).toMatchObject(expected);
});

test.each([
  ["type=nope,target=/x", 'unsupported mount type "nope"'],
  ["type=cache", "target is required"],
  ["type=tmpfs,target=/x,source=y", "unexpected key 'source' in 'type=tmpfs,target=/x,source=y'"],
  ["type=cache,target=/x,sharing=mine", 'unsupported sharing value "mine"'],
  ["type=cache,target=/x,mode=9", "invalid value 9 for mode"],
  ["type=cache,target=/x,uid=me", "invalid value me for uid"],
  ["target=/x,ro=maybe", "invalid value for readonly: maybe"],
  ["type=secret", "one of source, target required"],
])("%s is refused", (text, message) => {
  expect(() => readMount(text)).toThrow(message);
});
