// Clients' requests about runs: which are refused in which state, how a container is stopped, and what its monitor is told.
import { describe, expect, test } from "bun:test";
import type { ContainerConfig } from "../../../../src/api/container-config.ts";
import type { HostConfig } from "../../../../src/api/host-configuration.ts";
import { NEVER } from "../../../../src/api/time.ts";
import { newState } from "../../../../src/engine/containers/configuration/merge.ts";
import { Container, containerPaths } from "../../../../src/engine/containers/container.ts";
import { monitorOptions } from "../../../../src/engine/containers/lifecycle/launcher.ts";
import { killRefusal, startRefusal, stopRefusal } from "../../../../src/engine/containers/lifecycle/refusals.ts";
import { type StopRequest, stopPlan } from "../../../../src/engine/containers/lifecycle/termination.ts";
import type { Life } from "../../../../src/engine/containers/lifecycle/transitions.ts";
import { OciRuntime } from "../../../../src/runtime/oci-runtime.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";

const run = { process: { pid: 2, startTime: 20 }, monitor: { pid: 1, startTime: 10 } };

const notModified = (message: string) => [304, message];
const conflict = (message: string) => [409, message];
const stopped = notModified("container c is already stopped");
const notRunning = conflict("container c is not running");

type Refusals = Record<"start" | "stop" | "kill", (string | number)[] | undefined>;

test.each<[Life, Refusals]>([
  [{ status: "created" }, { start: undefined, stop: stopped, kill: notRunning }],
  [{ status: "exited" }, { start: undefined, stop: stopped, kill: notRunning }],
  [
    { status: "restarting", nextAttempt: NEVER },
    { start: undefined, stop: stopped, kill: notRunning },
  ],
  [
    { status: "running", ...run },
    { start: notModified("container c is already running"), stop: undefined, kill: undefined },
  ],
  [
    { status: "paused", ...run, frozenBy: "client" },
    { start: conflict("cannot start a paused container, try unpause instead"), stop: undefined, kill: undefined },
  ],
  [
    { status: "removing", volumes: false },
    { start: conflict("container is marked for removal and cannot be started"), stop: stopped, kill: notRunning },
  ],
])("requests that %p does not allow", (life, expected) => {
  const said = (refusal: ReturnType<typeof startRefusal>) => refusal && [refusal.status, refusal.message];
  expect({
    start: said(startRefusal("c", life)),
    stop: said(stopRefusal("c", life)),
    kill: said(killRefusal("c", life)),
  }).toEqual(expected);
});

describe("a stop", () => {
  test.each<[string, { stopSignal?: string; stopTimeout?: number }, StopRequest, [number, number | undefined]]>([
    ["by default", {}, {}, [15, 10_000]],
    ["as configured", { stopSignal: "SIGINT", stopTimeout: 3 }, {}, [2, 3_000]],
    ["as asked", { stopSignal: "SIGINT", stopTimeout: 3 }, { signal: "USR1", timeout: 1 }, [10, 1_000]],
    ["at once", { stopTimeout: 3 }, { timeout: 0 }, [15, 0]],
    ["without a kill", { stopTimeout: 3 }, { timeout: -1 }, [15, undefined]],
    ["configured without a kill", { stopTimeout: -1 }, {}, [15, undefined]],
    ["with an empty signal", { stopSignal: "" }, { signal: "" }, [15, 10_000]],
  ])("%s", (_, config, request, [signal, milliseconds]) => {
    expect(stopPlan(config, request)).toEqual({ signal, milliseconds });
  });

  test("with an unknown signal is refused", () => {
    expect(() => stopPlan({}, { signal: "NOPE" })).toThrow("invalid signal: NOPE");
  });
});

describe("the monitor", () => {
  const told = (config: ContainerConfig, host: HostConfig) => {
    const spec = {
      ...{ id: "c", name: "web", created: NEVER, imageReference: "x", imageId: "sha256:x" },
      config: containerConfigurationOf(config),
      hostConfig: hostConfigurationOf(host),
      mountPoints: [],
      anonymousVolumes: [],
    };
    const runtime = new OciRuntime("crun", "/bin/true", "/state");
    const container = new Container(spec, newState(), containerPaths("/data", "/exec", "c"), () => runtime);
    return monitorOptions(container, "/exec/exits");
  };

  test.each<[string, string | undefined, boolean]>([
    ["json-file", "/data/containers/c/container.log", false],
    ["local", "/data/containers/c/container.log", false],
    ["syslog", "/data/containers/c/container.log", false],
    ["journald", "/data/containers/c/container.log", true],
    ["none", undefined, false],
  ])("logs for %s to %p, and to the journal: %p", (Type, logPath, journald) => {
    expect(told({}, { LogConfig: { Type } })).toMatchObject({ logPath, journald, exitDirectory: "/exec/exits" });
  });

  test.each<[ContainerConfig, { terminal: boolean; stdin: boolean; leaveStdinOpen: boolean }]>([
    [{}, { terminal: false, stdin: false, leaveStdinOpen: true }],
    [{ OpenStdin: true }, { terminal: false, stdin: true, leaveStdinOpen: true }],
    [
      { OpenStdin: true, StdinOnce: true },
      { terminal: false, stdin: true, leaveStdinOpen: false },
    ],
    [
      { OpenStdin: true, StdinOnce: true, Tty: true },
      { terminal: true, stdin: true, leaveStdinOpen: true },
    ],
  ])("has the streams of %j", (config, expected) => {
    expect(told(config, {})).toMatchObject(expected);
  });
});
