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
  ["type=secret,src=a/s", { id: "a/s", target: "/run/secrets/s" }],
  ['type=bind,"src=a,b",target=/x,id=unused', { source: "a,b", target: "/x" }],
  ["type=CACHE,target=/x,sharing=Private", { type: "cache", sharing: "private" }],
])("%s", (text, expected) => {
  expect(readMount(text)).toMatchObject(expected);
});

test.each([
  ["type=nope,target=/x", 'unsupported mount type "nope"'],
  ["type=bnd,target=/x", 'unsupported mount type "bnd" (did you mean bind?)'],
  ["type=cache", 'invalid mount target "/"'],
  ["type=cache,targt=/x", "unexpected key 'targt' in 'targt=/x' (did you mean target?)"],
  ["type=cache,target", "invalid field 'target' must be a key=value pair"],
  ["type=cache,target=/x,required", "unexpected key 'required' for mount type 'cache'"],
  ["type=bind,target=/x,uid=1", 'uid not allowed for "bind" type mounts'],
  ["type=bind,target=/x,sharing=locked", "invalid cache sharing set for bind mount"],
  ["type=secret,id=a,from=b", "secret mount should not have a from"],
  ["type=cache,target=/x,sharing=mine", 'unsupported sharing value "mine"'],
  ["type=cache,target=/x,mode=9", "invalid value 9 for mode"],
  ["type=cache,target=/x,uid=me", "invalid value me for uid"],
  ["target=/x,ro=maybe", "invalid value for readonly: maybe"],
  ["type=secret", "one of source, target required"],
])("%s is refused", (text, message) => {
  expect(() => readMount(text)).toThrow(message);
});
