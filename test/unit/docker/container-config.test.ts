// Docker's Config is converted to the engine's configuration and back without loss.
import { expect, test } from "bun:test";
import type { ContainerConfig } from "../../../src/api/container-config.ts";
import { dockerConfig } from "../../../src/docker/container-config.ts";
import { containerConfigurationOf } from "../../support/container-configuration.ts";

const shown = (asked: ContainerConfig) => dockerConfig(containerConfigurationOf(asked));

/** Every field, so that a new one must be added here. */
const everything = {
  Hostname: "box",
  Domainname: "example.org",
  User: "1:2",
  Tty: true,
  WorkingDir: "/w",
  StopSignal: "USR1",
  StopTimeout: 3,
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  ExposedPorts: { "80/tcp": {}, "53/udp": {} },
  OpenStdin: true,
  StdinOnce: true,
  Env: ["Name=Value"],
  Cmd: ["a"],
  Healthcheck: { Test: ["CMD", "x"], Interval: 1, Timeout: 2, Retries: 3, StartPeriod: 4, StartInterval: 5 },
  ArgsEscaped: true,
  Image: "busybox",
  Volumes: { "/data": {} },
  Entrypoint: ["e"],
  NetworkDisabled: true,
  MacAddress: "02:00:00:00:00:01",
  OnBuild: ["RUN x"],
  Labels: { Key: "Value" },
  Shell: ["/bin/ash", "-c"],
} satisfies Required<ContainerConfig>;

test("every field is shown as requested", () => {
  expect(shown(everything)).toEqual(everything);
});

test("distinguishes unset and empty fields", () => {
  const { Env, Cmd, Entrypoint, OnBuild, Volumes, Labels, ...others } = shown({});
  expect({ Env, Cmd, Entrypoint, OnBuild, Volumes }).toEqual({
    Env: null,
    Cmd: null,
    Entrypoint: null,
    OnBuild: null,
    Volumes: null,
  });
  expect(Labels).toEqual({});
  expect(others).not.toContainAnyKeys(["ExposedPorts", "Healthcheck", "StopSignal", "StopTimeout", "Shell"]);
  expect(shown({ Env: [], Cmd: [], Entrypoint: [] })).toMatchObject({ Env: [], Cmd: [], Entrypoint: [] });
});
