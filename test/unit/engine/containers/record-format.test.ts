// The documents in which the database keeps containers: what is written is read back, and what does not fit is refused.
import { describe, expect, test } from "bun:test";
import { NEVER } from "../../../../src/api/time.ts";
import type { ContainerSpec, ContainerState } from "../../../../src/engine/containers/record.ts";
import {
  parseSpec,
  parseState,
  serializeSpec,
  serializeState,
} from "../../../../src/engine/containers/record-format.ts";
import { identifyProcess } from "../../../../src/linux/process.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";

const spec: ContainerSpec = {
  id: "ab".repeat(32),
  name: "web",
  created: NEVER,
  imageReference: "busybox",
  imageId: "sha256:aa",
  config: containerConfigurationOf({ Cmd: ["sh"], Labels: { a: "b" } }),
  hostConfig: hostConfigurationOf({ Binds: ["/a:/b"], RestartPolicy: { Name: "always" } }),
  mountPoints: [{ type: "bind", source: "/a", destination: "/b", mode: "", readOnly: false, propagation: "rprivate" }],
  anonymousVolumes: ["v"],
};
const run = { process: { pid: 2, startTime: 20 }, monitor: { pid: 1, startTime: 10 } };
const state: ContainerState = {
  life: { status: "paused", ...run, frozenBy: "client", ending: { reason: "stop", killAt: NEVER } },
  exitCode: 0,
  error: "",
  oomKilled: false,
  outputTruncated: false,
  startedAt: NEVER,
  finishedAt: NEVER,
  restartCount: 2,
  restartDelay: 200,
  stoppedByClient: true,
  health: { status: "healthy", failingStreak: 0, log: [{ start: NEVER, end: NEVER, exitCode: 0, output: "" }] },
};

test("a spec and a state are read back unchanged", () => {
  expect(parseSpec(serializeSpec(spec))).toEqual(spec);
  expect(parseState(serializeState(state))).toEqual(state);
});

describe("a state of version 1", () => {
  const { outputTruncated, restartDelay, ...old } = { ...state, life: { status: "exited" } };

  test("of a stopped container is used unchanged", () => {
    expect(parseState(JSON.stringify(old))).toEqual({
      ...state,
      life: { status: "exited" },
      outputTruncated,
      restartDelay: 0,
    });
  });

  test("of a running one gets its processes' start times", () => {
    const life = { status: "paused", pid: process.pid, monitorPid: process.ppid };
    expect(parseState(JSON.stringify({ ...old, life })).life).toEqual({
      status: "paused",
      frozenBy: "client",
      process: identifyProcess(process.pid) ?? { pid: 0, startTime: 0 },
      monitor: identifyProcess(process.ppid) ?? { pid: 0, startTime: 0 },
    });
  });
});

test.each([
  ["no JSON", "{", "the record is not valid JSON"],
  ["of a later Berth", '{"version":99}', "the record has version 99, and this Berth knows up to 4"],
  ["without a life", '{"version":2}', "the record does not fit its schema: life"],
  [
    "in a state that there is not",
    serializeState(state).replace('"paused"', '"sleeping"'),
    "the record does not fit its schema: life",
  ],
])("a document %s is refused", (_, text, message) => {
  expect(() => parseState(text)).toThrow(message);
});
