// The WWW-Authenticate header.
import { expect, test } from "bun:test";
import { parseChallenges } from "../../../src/registry/challenge.ts";

const bearer = {
  realm: "https://auth.docker.io/token",
  service: "registry.docker.io",
  scope: "repository:library/busybox:pull,push",
};

test.each<[string, [string, Record<string, string>][]]>([
  ["", []],
  ["Basic", [["basic", {}]]],
  ['Basic realm="Registry Realm"', [["basic", { realm: "Registry Realm" }]]],
  ["BASIC realm=plain", [["basic", { realm: "plain" }]]],
  [`Bearer realm="${bearer.realm}",service="${bearer.service}",scope="${bearer.scope}"`, [["bearer", bearer]]],
  [`Bearer realm = "${bearer.realm}" ,  service=${bearer.service} , SCOPE="${bearer.scope}"`, [["bearer", bearer]]],
  [
    'Basic realm="a", Bearer realm="b",service="c"',
    [
      ["basic", { realm: "a" }],
      ["bearer", { realm: "b", service: "c" }],
    ],
  ],
  ['Bearer realm="with \\"quotes\\" and \\\\"', [["bearer", { realm: 'with "quotes" and \\' }]]],
  [
    'Negotiate, Basic realm="x"',
    [
      ["negotiate", {}],
      ["basic", { realm: "x" }],
    ],
  ],
  ['Bearer realm="unfinished', [["bearer", {}]]],
  [",,, Basic", [["basic", {}]]],
  ["(garbage)", []],
])("%s", (header, expected) => {
  const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
  expect(found).toEqual(expected);
});
