// The configuration of a container from a request in Docker's form, with the fewest defaults: none that depend
// on a host or an image.
import type { ContainerConfig } from "../../src/api/container-config.ts";
import type { HostConfig } from "../../src/api/host-configuration.ts";
import { configurationOf } from "../../src/docker/container-config.ts";
import { hostRequestOf } from "../../src/docker/host-configuration.ts";
import type { ContainerConfiguration } from "../../src/engine/containers/configuration/container-configuration.ts";
import type { HostConfiguration } from "../../src/engine/containers/configuration/host-configuration.ts";

export function containerConfigurationOf(asked: ContainerConfig = {}): ContainerConfiguration {
  return {
    hostname: "",
    domainname: "",
    user: "",
    workingDir: "",
    tty: false,
    attachStdin: false,
    attachStdout: false,
    attachStderr: false,
    openStdin: false,
    stdinOnce: false,
    labels: {},
    exposedPorts: [],
    volumes: [],
    ...configurationOf(asked),
  };
}

export function hostConfigurationOf(asked: HostConfig = {}): HostConfiguration {
  const { log, ...request } = hostRequestOf(asked);
  return {
    ...request,
    networkMode: request.networkMode ?? { network: "bridge" },
    ipcMode: request.ipcMode ?? "private",
    pidMode: request.pidMode ?? "private",
    utsMode: request.utsMode ?? "private",
    usernsMode: request.usernsMode ?? "private",
    cgroupnsMode: request.cgroupnsMode ?? "private",
    restartPolicy: request.restartPolicy ?? { condition: "no" },
    log: { driver: log?.driver ?? "json-file", options: log?.options ?? {} },
    runtime: request.runtime ?? "crun",
    shmSize: request.shmSize ?? 2 ** 26,
  };
}
