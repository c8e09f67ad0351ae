// What the history keeps of a build.
import { expect, test } from "bun:test";
import { recordOf } from "../../../src/buildkit/control/record.ts";
import { StatusLog } from "../../../src/buildkit/control/status-log.ts";

test("cache options, which may contain credentials, are not in the history", () => {
  const attributes = {
    filename: "Dockerfile",
    "cache-imports": '[{"Attrs":{"secret_access_key":"x"}}]',
    "cache-from": "x",
  };
  const record = recordOf("ref", { frontend: "dockerfile.v0", attributes, exporters: [] }, 0, new StatusLog());
  expect(record.FrontendAttrs).toEqual({ filename: "Dockerfile" });
});
