import { describe, expect, test } from "bun:test";
import { circles, importsOf, objection } from "../../../scripts/check/rooms.ts";

describe("importsOf", () => {
  test("finds imports, re-exports, side effects, dynamic imports and type imports", () => {
    const source = [
      'import { a } from "../api/errors.ts";',
      'import type { B } from "./b.ts";',
      'export type { C } from "../linux/c.ts";',
      'export * from "./d.ts";',
      'import "./e.ts";',
      'import {\n  type F,\n  g,\n} from "./f.ts";',
      'import { readFileSync } from "node:fs";',
      'const h = await import("./h.ts");',
      '// import { no } from "./comment.ts";',
    ].join("\n");
    expect(importsOf("engine/images/a.ts", source).map(({ to, typeOnly }) => [to, typeOnly])).toEqual([
      ["engine/api/errors.ts", false],
      ["engine/images/b.ts", true],
      ["engine/linux/c.ts", true],
      ["engine/images/d.ts", false],
      ["engine/images/e.ts", false],
      ["engine/images/f.ts", false],
      ["engine/images/h.ts", false],
    ]);
  });
});

describe("objection", () => {
  const cases: [from: string, to: string, typeOnly: boolean, allowed: boolean][] = [
    ["cli/commands/run.ts", "client/client.ts", false, true],
    ["cli/commands/run.ts", "api/containers.ts", false, true],
    ["cli/commands/run.ts", "engine/engine.ts", true, false],
    ["client/client.ts", "server/http/reader.ts", false, false],
    ["server/routes/images.ts", "engine/index.ts", false, true],
    ["server/routes/images.ts", "engine/engine.ts", true, false],
    ["server/routes/images.ts", "engine/images/images.ts", true, false],
    ["buildkit/index.ts", "engine/index.ts", false, true],
    ["buildkit/index.ts", "engine/build/session.ts", true, true],
    ["buildkit/index.ts", "engine/build/builds.ts", true, false],
    ["engine/engine.ts", "storage/database.ts", false, true],
    ["engine/engine.ts", "server/log.ts", false, false],
    ["engine/images/images.ts", "engine/events.ts", false, true],
    ["engine/engine.ts", "engine/images/images.ts", false, true],
    ["engine/containers/a.ts", "engine/images/images.ts", false, false],
    ["engine/containers/a.ts", "engine/images/images.ts", true, true],
    ["runtime/spec/spec.ts", "engine/containers/configuration/host-configuration.ts", true, true],
    ["runtime/spec/spec.ts", "engine/containers/configuration/host-configuration.ts", false, false],
    ["runtime/spec/spec.ts", "api/host-configuration.ts", true, false],
    ["engine/containers/record.ts", "api/host-configuration.ts", true, false],
    ["engine/containers/record.ts", "docker/mounts.ts", false, false],
    ["engine/containers/earlier-records.ts", "docker/host-configuration.ts", false, true],
    ["engine/containers/record.ts", "api/container-config.ts", true, false],
    ["engine/images/image.ts", "docker/container-config.ts", false, true],
    ["dockerfile/configuration.ts", "api/container-config.ts", true, true],
    ["server/routes/containers.ts", "docker/requests.ts", false, true],
    ["engine/images/images.ts", "api/images.ts", true, false],
    ["engine/images/images.ts", "api/references.ts", false, true],
    ["engine/networks/networks.ts", "docker/networks.ts", true, false],
    ["registry/login.ts", "api/images.ts", true, false],
    ["engine/containers/earlier-records.ts", "api/container-networks.ts", false, true],
    ["network/bridge.ts", "engine/config.ts", true, true],
    ["network/bridge.ts", "engine/config.ts", false, false],
    ["network/bridge.ts", "storage/database.ts", true, false],
    ["runtime/conmon.ts", "linux/pipe.ts", false, true],
    ["linux/pipe.ts", "runtime/conmon.ts", true, false],
    ["api/errors.ts", "linux/libc.ts", false, false],
    ["main.ts", "server/daemon.ts", false, true],
    ["helpers/x.ts", "api/errors.ts", false, false],
    ["engine/networks/networks.ts", "network/drivers/registry.ts", false, true],
    ["engine/networks/networks.ts", "network/drivers/driver.ts", true, true],
    ["engine/networks/networks.ts", "network/drivers/bridge.ts", false, false],
    ["network/sandbox.ts", "network/drivers/bridge.ts", true, false],
    ["network/drivers/registry.ts", "network/drivers/bridge.ts", false, true],
  ];
  test.each(cases)("%s → %s (types only: %p): allowed: %p", (from, to, typeOnly, allowed) => {
    expect(objection({ from, to, typeOnly }) === undefined).toBe(allowed);
  });
});

test("finds each cycle once", () => {
  const edge = (from: string, to: string) => ({ from, to, typeOnly: true });
  const line = [edge("a", "b"), edge("b", "c"), edge("a", "c")];
  expect(circles(line)).toEqual([]);
  expect(circles([...line, edge("c", "b")])).toEqual([["b", "c"]]);
  expect(circles([edge("a", "a")])).toEqual([["a"]]);
});
