// Records of versions 2 and 3, which had the configuration or parts of it in Docker's form: they are read, and shown as
// before.
import { describe, expect, test } from "bun:test";
import { NEVER } from "../../../../src/api/time.ts";
import { dockerConfig } from "../../../../src/docker/container-config.ts";
import { dockerHostConfig } from "../../../../src/docker/host-configuration.ts";
import { dockerMountPoint } from "../../../../src/docker/inspection.ts";
import { parseSpec, parseState, serializeSpec } from "../../../../src/engine/containers/record-format.ts";
import records from "./version-2-records.json";

test.each(records.map(({ record, Config, HostConfig }) => [record.name, record, { Config, HostConfig }] as const))(
  "the container %s of version 2",
  (_, record, shown) => {
    const spec = parseSpec(JSON.stringify(record));
    const { config, hostConfig } = spec;
    expect<unknown>({ Config: dockerConfig(config), HostConfig: dockerHostConfig(hostConfig) }).toEqual(shown);
    const { version: _version, config: _config, hostConfig: _hostConfig, mountPoints, ...others } = record;
    expect(spec).toMatchObject(others);
    expect<unknown>(spec.mountPoints.map(dockerMountPoint)).toEqual(mountPoints);
    expect(parseSpec(serializeSpec(spec))).toEqual(spec);
  },
);

test("rejects a record of version 2 with an unknown value", () => {
  const [first] = records;
  const record = { ...first?.record, hostConfig: { ...first?.record.hostConfig, IpcMode: "odd" } };
  expect(() => parseSpec(JSON.stringify(record))).toThrow("invalid IPC mode: odd");
});

describe("records of version 3", () => {
  test("have ports and mounts in Docker's form", () => {
    const spec = parseSpec(JSON.stringify(records[0]?.record));
    const { ports: _, ...hostConfig } = spec.hostConfig;
    const portBindings = { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }], "53/udp": null };
    const mountPoints = spec.mountPoints.map(dockerMountPoint);
    const read = parseSpec(
      JSON.stringify({ ...spec, version: 3, hostConfig: { ...hostConfig, portBindings }, mountPoints }),
    );
    expect(read).toEqual({
      ...spec,
      hostConfig: {
        ...hostConfig,
        ports: [
          { port: "53/udp", bindings: null },
          { port: "80/tcp", bindings: [{ hostAddress: "127.0.0.1", hostPort: "8080" }] },
        ],
      },
    });
  });

  test("have the results of probes in Docker's form", () => {
    const state = {
      ...{ life: { status: "exited" }, exitCode: 0, error: "", oomKilled: false, startedAt: NEVER, finishedAt: NEVER },
      ...{ restartCount: 0, stoppedByClient: false },
    };
    const result = { Start: NEVER, End: NEVER, ExitCode: 1, Output: "no" };
    const read = parseState(
      JSON.stringify({ ...state, version: 3, health: { status: "unhealthy", failingStreak: 3, log: [result] } }),
    );
    expect(read.health?.log).toEqual([{ start: NEVER, end: NEVER, exitCode: 1, output: "no" }]);
    expect(parseState(JSON.stringify({ ...state, version: 3 })).health).toBeUndefined();
  });
});
