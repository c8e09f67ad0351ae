// What a new daemon does with the containers that it finds.
import { expect, test } from "bun:test";
import { NEVER } from "../../../../src/api/time.ts";
import { type Recovery, recoveryOf } from "../../../../src/engine/containers/lifecycle/recovery.ts";
import type { Life } from "../../../../src/engine/containers/lifecycle/transitions.ts";
import type { ContainerSpec, ContainerState } from "../../../../src/engine/containers/record.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";

const run = { process: { pid: 2, startTime: 20 }, monitor: { pid: 1, startTime: 10 } };
const running = { status: "running", ...run } as const;
const paused = { status: "paused", ...run, frozenBy: "client" } as const;
const always = { restartPolicy: { condition: "always" } } as const;

interface Found {
  life: Life;
  isLive?: boolean;
  host?: Partial<ContainerSpec["hostConfig"]>;
  state?: Partial<ContainerState>;
}

function recovery({ life, isLive = false, host = {}, state = {} }: Found): Recovery {
  const spec: ContainerSpec = {
    ...{ id: "c", name: "c", created: NEVER, imageReference: "x", imageId: "sha256:x" },
    config: containerConfigurationOf(),
    hostConfig: { ...hostConfigurationOf(), ...host },
    mountPoints: [],
    anonymousVolumes: [],
  };
  return recoveryOf(
    spec,
    {
      life,
      ...{ exitCode: 0, error: "", oomKilled: false, outputTruncated: false, startedAt: NEVER, finishedAt: NEVER },
      ...{ restartCount: 0, restartDelay: 0, stoppedByClient: false },
      ...state,
    },
    isLive,
  );
}

test.each<[string, Found, Recovery]>([
  ["that runs", { life: running, isLive: true }, { type: "reattach", run: running, stop: undefined }],
  ["that is paused", { life: paused, isLive: true }, { type: "reattach", run: paused, stop: undefined }],
  [
    "that was sent a signal",
    { life: { ...running, ending: { reason: "signal" } }, isLive: true },
    { type: "reattach", run: { ...running, ending: { reason: "signal" } }, stop: undefined },
  ],
  [
    "that was being stopped",
    { life: { ...running, ending: { reason: "stop", killAt: NEVER } }, isLive: true },
    {
      type: "reattach",
      run: { ...running, ending: { reason: "stop", killAt: NEVER } },
      stop: { reason: "stop", killAt: NEVER },
    },
  ],
  ["whose run ended", { life: running }, { type: "recordExit", next: undefined }],
  ["whose run ended while it was paused", { life: paused }, { type: "recordExit", next: undefined }],
  [
    "that was stopped in time",
    { life: { ...running, ending: { reason: "stop" } } },
    { type: "recordExit", next: undefined },
  ],
  [
    "that ended for a restart",
    { life: { ...running, ending: { reason: "restart" } } },
    { type: "recordExit", next: { type: "restart" } },
  ],
  [
    "that was killed for its removal",
    { life: { ...running, ending: { reason: "removal", volumes: true } } },
    { type: "recordExit", next: { type: "remove", volumes: true } },
  ],
  ["that was being removed", { life: { status: "removing", volumes: false } }, { type: "remove", volumes: false }],
  [
    "that ended and removes itself",
    { life: { status: "exited" }, host: { autoRemove: true } },
    { type: "remove", volumes: true },
  ],
  [
    "that was created and removes itself",
    { life: { status: "created" }, host: { autoRemove: true } },
    { type: "keep" },
  ],
  ["that waited for its restart", { life: { status: "restarting", nextAttempt: NEVER } }, { type: "restart" }],
  ["that ended", { life: { status: "exited" } }, { type: "keep" }],
  ["that is always restarted", { life: { status: "exited" }, host: always }, { type: "restart" }],
  [
    "that is always restarted, and was stopped",
    { life: { status: "exited" }, host: always, state: { stoppedByClient: true } },
    { type: "restart" },
  ],
  [
    "that is restarted unless it was stopped, and was",
    {
      life: { status: "exited" },
      host: { restartPolicy: { condition: "unless-stopped" } },
      state: { stoppedByClient: true },
    },
    { type: "keep" },
  ],
  ["that was never started", { life: { status: "created" }, host: always }, { type: "keep" }],
])("a container %s", (_, found, expected) => {
  expect(recovery(found)).toEqual(expected);
});
