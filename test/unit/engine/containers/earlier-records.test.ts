// Records of version 2, which had the configuration in Docker's form: they are read, and shown as before.
import { expect, test } from "bun:test";
import { dockerConfig } from "../../../../src/docker/container-config.ts";
import { dockerHostConfig } from "../../../../src/docker/host-configuration.ts";
import { parseSpec, serializeSpec } from "../../../../src/engine/containers/record-format.ts";
import records from "./version-2-records.json";

test.each(records.map(({ record, Config, HostConfig }) => [record.name, record, { Config, HostConfig }] as const))(
  "the container %s of version 2",
  (_, record, shown) => {
    const spec = parseSpec(JSON.stringify(record));
    const { config, hostConfig } = spec;
    expect<unknown>({ Config: dockerConfig(config), HostConfig: dockerHostConfig(hostConfig) }).toEqual(shown);
    const { version: _version, config: _config, hostConfig: _hostConfig, ...others } = record;
    expect(spec).toMatchObject(others);
    expect(parseSpec(serializeSpec(spec))).toEqual(spec);
  },
);

test("a record of version 2 with a word that Docker does not know is refused", () => {
  const [first] = records;
  const record = { ...first?.record, hostConfig: { ...first?.record.hostConfig, IpcMode: "odd" } };
  expect(() => parseSpec(JSON.stringify(record))).toThrow("invalid IPC mode: odd");
});
