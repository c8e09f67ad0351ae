// Converts Docker's `Config`, which images also have (OCI image specification), to and from the engine's configuration.
import type { ContainerConfig, HealthConfig } from "../api/container-config.ts";
import { configOptions } from "../api/container-options.ts";
import type { Answered } from "../api/containers.ts";
import type {
  ContainerConfiguration,
  HealthCheck,
  PartialConfiguration,
} from "../engine/containers/configuration/container-configuration.ts";
import { fromDockerFields, toDockerFields, withoutUndefined } from "./options.ts";

/** Absent fields stay absent. */
export function configurationOf(config: ContainerConfig): PartialConfiguration {
  const { Healthcheck, ExposedPorts, Volumes } = config;
  return withoutUndefined({
    ...fromDockerFields(configOptions, config),
    attachStdin: config.AttachStdin,
    attachStdout: config.AttachStdout,
    attachStderr: config.AttachStderr,
    openStdin: config.OpenStdin,
    stdinOnce: config.StdinOnce,
    image: config.Image,
    entrypoint: config.Entrypoint,
    cmd: config.Cmd,
    env: config.Env,
    labels: config.Labels,
    exposedPorts: ExposedPorts && Object.keys(ExposedPorts),
    volumes: Volumes && Object.keys(Volumes),
    healthCheck: Healthcheck && healthCheckOf(Healthcheck),
    shell: config.Shell,
    onBuild: config.OnBuild,
    networkDisabled: config.NetworkDisabled,
    macAddress: config.MacAddress,
    argsEscaped: config.ArgsEscaped,
  });
}

/** The inverse of {@link configurationOf}; empty sets of ports and volumes become absent. */
export function dockerConfigOf(configuration: ContainerConfiguration): ContainerConfig {
  const { exposedPorts, volumes, healthCheck } = configuration;
  return withoutUndefined({
    ...toDockerFields(configOptions, configuration),
    ExposedPorts: setOf(exposedPorts),
    Healthcheck: healthCheck && dockerHealthCheck(healthCheck),
    ArgsEscaped: configuration.argsEscaped,
    NetworkDisabled: configuration.networkDisabled,
    MacAddress: configuration.macAddress,
    Shell: configuration.shell,
    AttachStdin: configuration.attachStdin,
    AttachStdout: configuration.attachStdout,
    AttachStderr: configuration.attachStderr,
    OpenStdin: configuration.openStdin,
    StdinOnce: configuration.stdinOnce,
    Image: configuration.image,
    Entrypoint: configuration.entrypoint,
    Cmd: configuration.cmd,
    Env: configuration.env,
    Labels: configuration.labels,
    Volumes: setOf(volumes),
    OnBuild: configuration.onBuild,
  });
}

/** The form of answers: all fields that Docker's daemon writes, in its order. */
export function dockerConfig(configuration: ContainerConfiguration): Answered<ContainerConfig> {
  return { ...UNSET, ...dockerConfigOf(configuration) };
}

function healthCheckOf({ Test, Interval, Timeout, Retries, StartPeriod, StartInterval }: HealthConfig): HealthCheck {
  return withoutUndefined({
    test: Test,
    interval: Interval,
    timeout: Timeout,
    retries: Retries,
    startPeriod: StartPeriod,
    startInterval: StartInterval,
  });
}

function dockerHealthCheck(check: HealthCheck): HealthConfig {
  return withoutUndefined({
    Test: check.test,
    Interval: check.interval,
    Timeout: check.timeout,
    Retries: check.retries,
    StartPeriod: check.startPeriod,
    StartInterval: check.startInterval,
  });
}

/** A set in Go's form: a map with empty values. */
function setOf(names: readonly string[]): Record<string, object> | undefined {
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, {}]));
}

/** Fields that are always shown. Others are shown only when set. */
const UNSET: Partial<Answered<ContainerConfig>> = {
  Hostname: "",
  Domainname: "",
  User: "",
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: "",
  Volumes: null,
  WorkingDir: "",
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
};
