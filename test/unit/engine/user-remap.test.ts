// Subordinate ids: whose they are, and how several ranges follow each other.
import { expect, test } from "bun:test";
import { readUserRemap, refuseWithUserRemap, subordinateRanges } from "../../../src/engine/user-remap.ts";
import { ownerInside, ownerOutside } from "../../../src/storage/files/owners.ts";
import { outsideOf } from "../../../src/storage/user-mapping.ts";
import { hostConfigurationOf } from "../../support/container-configuration.ts";

const TEXT = "# a comment\nalice:100000:65536\nbob:200000:1000\n1001:300000:10\nbob:400000:500\nbroken:x:1\nnone:5:0\n";

test.each<[string[], [number, number, number][]]>([
  [["alice"], [[0, 100_000, 65_536]]],
  [
    ["bob"],
    [
      [0, 200_000, 1000],
      [1000, 400_000, 500],
    ],
  ],
  [["carol", "1001"], [[0, 300_000, 10]]],
  [["nobody"], []],
  [["broken"], []],
  [["none"], []],
])("%j", (names, ranges) => {
  expect(subordinateRanges(TEXT, names)).toEqual(ranges.map(([inside, outside, size]) => ({ inside, outside, size })));
});

test("maps ids in both directions", () => {
  const uids = subordinateRanges(TEXT, ["bob"]);
  expect([0, 999, 1000, 1499, 1500].map((id) => outsideOf(uids, id))).toEqual([200_000, 200_999, 400_000, 400_499, -1]);
  const owners = { uids, gids: subordinateRanges(TEXT, ["alice"]) };
  expect(ownerOutside(owners)(1000, 5)).toEqual({ uid: 400_000, gid: 100_005 });
  expect(ownerInside(owners)(400_000, 100_005)).toEqual({ uid: 1000, gid: 5 });
  // The host's root has no place in the namespace.
  expect(ownerInside(owners)(0, 0)).toEqual({ uid: 65_534, gid: 65_534 });
  expect(ownerInside({ uids: [], gids: [] })(7, 8)).toEqual({ uid: 7, gid: 8 });
});

test("without the setting there is no mapping; a user without ranges is rejected with the line to add", () => {
  expect(readUserRemap("")).toBeUndefined();
  expect(() => readUserRemap("no-such-user")).toThrow('add a line such as "no-such-user:100000:65536"');
});

test("allows containers in the host's user namespace", () => {
  refuseWithUserRemap(hostConfigurationOf({ UsernsMode: "host", Privileged: true, NetworkMode: "host" }));
  expect(() => refuseWithUserRemap(hostConfigurationOf({ Privileged: true }))).toThrow(
    "privileged mode is incompatible",
  );
});
