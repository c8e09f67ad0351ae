// Users and groups as an image's own files name them.
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveUser, resolveUserIn } from "../../../../src/runtime/spec/user.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment
web:x:1000:1001:,,,:/home/web:/bin/sh
42:x:7:7::/seven:
broken
`;
const GROUP = "root:x:0:\nwheel:x:10:root,web\nweb:x:1001:\n99:x:5:\n";

test.each<[string, string[], object]>([
  ["", [], { uid: 0, gid: 0, additionalGids: [0, 10], home: "/root" }],
  ["root", [], { uid: 0, gid: 0, additionalGids: [0, 10], home: "/root" }],
  ["web", [], { uid: 1000, gid: 1001, additionalGids: [1001, 10], home: "/home/web" }],
  ["1000", [], { uid: 1000, gid: 1001, additionalGids: [1001, 10], home: "/home/web" }],
  ["1234", [], { uid: 1234, gid: 0, additionalGids: [0], home: "/" }],
  // A number is an id, even where an account or a group is called so.
  ["42", [], { uid: 42, gid: 0, additionalGids: [0], home: "/" }],
  ["web:99", [], { uid: 1000, gid: 99, additionalGids: [99], home: "/home/web" }],
  ["web:wheel", [], { uid: 1000, gid: 10, additionalGids: [10], home: "/home/web" }],
  ["web:root", ["wheel", "77"], { uid: 1000, gid: 0, additionalGids: [0, 10, 77], home: "/home/web" }],
  ["web", ["10"], { uid: 1000, gid: 1001, additionalGids: [1001, 10], home: "/home/web" }],
])("%j with groups %j", (user, groups, expected) => {
  expect(resolveUserIn(PASSWD, GROUP, user, groups)).toMatchObject(expected);
});

test.each<[string, string[], string]>([
  ["nobody", [], "unable to find user nobody: no matching entries in passwd file"],
  ["web:nope", [], "unable to find group nope: no matching entries in group file"],
  ["web", ["nope"], "unable to find group nope: no matching entries in group file"],
  ["4294967296", [], "uids and gids must be in range 0-2147483647"],
  ["-1", [], "uids and gids must be in range 0-2147483647"],
])("%j with groups %j is refused", (user, groups, message) => {
  expect(() => resolveUserIn(PASSWD, GROUP, user, groups)).toThrow(message);
});

const root = mkdtempSync(join(tmpdir(), "berth-user-"));
afterAll(() => rmSync(root, { recursive: true }));

test("links in the image are confined to it", () => {
  const outside = join(root, "outside");
  writeFileSync(outside, "evil:x:0:0::/:\n");
  const rootfs = join(root, "rootfs");
  mkdirSync(join(rootfs, "etc"), { recursive: true });
  symlinkSync(outside, join(rootfs, "etc/passwd"));
  symlinkSync("../../../../../etc/group", join(rootfs, "etc/group"));
  expect(() => resolveUser(rootfs, "evil")).toThrow("unable to find user evil");
  expect(resolveUser(rootfs, "5")).toMatchObject({ uid: 5, gid: 0 });
});

test("without the files numbers still work", () => {
  const rootfs = join(root, "empty");
  mkdirSync(rootfs);
  expect(resolveUser(rootfs, "3:4", ["5"])).toEqual({ uid: 3, gid: 4, additionalGids: [4, 5], home: "/" });
  expect(() => resolveUser(rootfs, "root")).toThrow("unable to find user root: no matching entries in passwd file");
});
