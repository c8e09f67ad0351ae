// A container as `inspect` shows it.
import type { ContainerInspect, ContainerStateAnswer, Health, NetworkSettings } from "../../../api/containers.ts";
import type { Container } from "../container.ts";
import { type ContainerState, commandOf, isRunning } from "../record.ts";

export const STORAGE_DRIVER = "overlay2";

export function stateAnswer(state: ContainerState): ContainerStateAnswer {
  const { life } = state;
  return {
    Status: life.status,
    // Docker counts a container that waits for its restart as running.
    Running: isRunning(state) || life.status === "restarting",
    Paused: life.status === "paused",
    Restarting: life.status === "restarting",
    OOMKilled: state.oomKilled,
    Dead: life.status === "dead",
    Pid: life.status === "running" || life.status === "paused" ? life.pid : 0,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health ? { Health: healthAnswer(state.health) } : {}),
    ...(life.status === "restarting" ? { NextAttempt: life.nextAttempt } : {}),
  };
}

function healthAnswer({ status, failingStreak, log }: NonNullable<ContainerState["health"]>): Health {
  return { Status: status, FailingStreak: failingStreak, Log: log };
}

export function inspectContainer(
  container: Container,
  networkSettings: NetworkSettings,
  lowerDirectories: readonly string[],
  sizes?: { rw: number; rootFs: number },
): ContainerInspect {
  const { spec, state, paths } = container;
  const { path, args } = commandOf(spec.config);
  const hasLog = spec.hostConfig.LogConfig?.Type !== "none";
  return {
    Id: spec.id,
    Created: spec.created,
    Path: path,
    Args: args,
    State: stateAnswer(state),
    Image: spec.imageId,
    ResolvConfPath: paths.resolvConf,
    HostnamePath: paths.hostname,
    HostsPath: paths.hosts,
    LogPath: hasLog ? paths.log : "",
    Name: `/${spec.name}`,
    RestartCount: state.restartCount,
    Driver: STORAGE_DRIVER,
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: container.execs.size === 0 ? null : [...container.execs.keys()],
    HostConfig: spec.hostConfig,
    GraphDriver: {
      Name: STORAGE_DRIVER,
      Data: {
        LowerDir: lowerDirectories.join(":"),
        MergedDir: paths.rootfs,
        UpperDir: paths.upper,
        WorkDir: paths.work,
      },
    },
    ...(sizes ? { SizeRw: sizes.rw, SizeRootFs: sizes.rootFs } : {}),
    Mounts: spec.mountPoints,
    Config: spec.config,
    NetworkSettings: networkSettings,
  };
}
