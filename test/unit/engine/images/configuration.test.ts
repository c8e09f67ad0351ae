// Image configurations as Go reads them.
import { expect, test } from "bun:test";
import { parseImageConfig } from "../../../../src/engine/images/configuration.ts";

const rootfs = { type: "layers", diff_ids: [] };

test("keys match in any case", () => {
  const text = JSON.stringify({
    Architecture: "amd64",
    OS: "linux",
    config: { cmd: ["sh"], env: ["A=b"] },
    RootFS: rootfs,
  });
  expect(parseImageConfig(text)).toMatchObject({
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["sh"], Env: ["A=b"] },
  });
});

test("names of labels, ports and volumes keep their case", () => {
  const config = { labels: { A: "1", a: "2" }, exposedports: { "80/tcp": {} }, volumes: { "/Data": {} } };
  expect(parseImageConfig(JSON.stringify({ config, rootfs })).config).toEqual({
    Labels: { A: "1", a: "2" },
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/Data": {} },
  });
});

test("null counts as absent", () => {
  const text = JSON.stringify({ architecture: null, config: { Cmd: null, Labels: null }, rootfs, history: null });
  expect(parseImageConfig(text)).toMatchObject({ architecture: "", config: {}, history: [] });
});
