// Renders containers as Docker's `inspect` and `ps` do.
import type {
  ContainerInspect,
  ContainerStateAnswer,
  ContainerSummary,
  Health,
  MountPoint,
} from "../api/containers.ts";
import { nowNanoseconds, parseTimestamp } from "../api/time.ts";
import type { HealthState, InspectedContainer, ListedContainer, MountPoint as Mount } from "../engine/index.ts";
import { dockerConfig } from "./container-config.ts";
import { dockerHostConfig } from "./host-configuration.ts";
import { formatNetworkMode } from "./namespace-modes.ts";
import { dockerEndpoints, dockerNetworkSettings, dockerPorts } from "./networking.ts";
import { statusText } from "./status.ts";

const STORAGE_DRIVER = "overlay2";

/** Fields in Docker's order, which `docker inspect` prints. */
export function dockerInspect(inspected: InspectedContainer): ContainerInspect {
  const { spec, state, command, files, execIds, layers, sizes } = inspected;
  return {
    Id: spec.id,
    Created: spec.created,
    Path: command.path,
    Args: [...command.args],
    State: dockerState(inspected),
    Image: spec.imageId,
    ResolvConfPath: files.resolvConf,
    HostnamePath: files.hostname,
    HostsPath: files.hosts,
    LogPath: files.log,
    Name: `/${spec.name}`,
    RestartCount: state.restartCount,
    Driver: STORAGE_DRIVER,
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: inspected.appArmorProfile,
    ExecIDs: execIds.length > 0 ? execIds : null,
    HostConfig: dockerHostConfig(spec.hostConfig),
    GraphDriver: {
      Name: STORAGE_DRIVER,
      Data: {
        LowerDir: layers.lower.join(":"),
        MergedDir: layers.merged,
        UpperDir: layers.upper,
        WorkDir: layers.work,
      },
    },
    ...(sizes ? { SizeRw: sizes.rw, SizeRootFs: sizes.rootFs } : {}),
    Mounts: spec.mountPoints.map(dockerMountPoint),
    Config: { ...dockerConfig(spec.config), ...chosenMacAddress(inspected) },
    NetworkSettings: dockerNetworkSettings(inspected.networking),
  };
}

/** For old clients, the address that was chosen on the container's main network; Docker shows it to all. */
function chosenMacAddress({ spec, networking }: InspectedContainer): { MacAddress?: string } {
  const { networkMode } = spec.hostConfig;
  if (spec.config.macAddress || typeof networkMode !== "object" || !("network" in networkMode)) return {};
  const main = networking.networks.find(({ id, name }) => id === networkMode.network || name === networkMode.network);
  const MacAddress = main?.request.macAddress ?? "";
  return MacAddress === "" ? {} : { MacAddress };
}

function dockerState({ state, unresponsive }: InspectedContainer): ContainerStateAnswer {
  const { life, health } = state;
  const process = life.status === "running" || life.status === "paused" ? life.process : undefined;
  return {
    Status: life.status,
    // Docker counts a container that waits for its restart as running.
    Running: process !== undefined || life.status === "restarting",
    Paused: life.status === "paused",
    Restarting: life.status === "restarting",
    OOMKilled: state.oomKilled,
    Dead: false,
    Pid: process?.pid ?? 0,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(health ? { Health: dockerHealth(health) } : {}),
    ...(life.status === "restarting" ? { NextAttempt: life.nextAttempt } : {}),
    ...(state.outputTruncated ? { OutputTruncated: true } : {}),
    ...(unresponsive ? { Unresponsive: { Operation: unresponsive.operation, Since: unresponsive.since } } : {}),
  };
}

function dockerHealth({ status, failingStreak, log }: HealthState): Health {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: start,
      End: end,
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

export function dockerMountPoint(mount: Mount): MountPoint {
  const { type, name, source, destination, driver, mode, readOnly, propagation } = mount;
  return {
    Type: type,
    ...(name === undefined ? {} : { Name: name }),
    Source: source,
    Destination: destination,
    ...(driver === undefined ? {} : { Driver: driver }),
    Mode: mode,
    RW: !readOnly,
    Propagation: propagation,
  };
}

export function dockerSummary(listed: ListedContainer): ContainerSummary {
  const { spec, state, command, sizes, unresponsive } = listed;
  const { networkMode, annotations } = spec.hostConfig;
  return {
    Id: spec.id,
    Names: [`/${spec.name}`, ...listed.linkNames].sort(),
    Image: listed.image,
    ImageID: spec.imageId,
    Command: [command.path, ...command.args].map(quoteWord).join(" "),
    Created: Number((parseTimestamp(spec.created) ?? 0n) / 1_000_000_000n),
    Ports: dockerPorts(listed.networking),
    ...(sizes?.rw ? { SizeRw: sizes.rw } : {}),
    ...(sizes?.rootFs ? { SizeRootFs: sizes.rootFs } : {}),
    Labels: spec.config.labels,
    State: state.life.status,
    Status: `${statusText(state, nowNanoseconds())}${unresponsive ? " (unresponsive)" : ""}`,
    HostConfig: {
      NetworkMode: formatNetworkMode(networkMode),
      ...(annotations ? { Annotations: annotations } : {}),
    },
    NetworkSettings: { Networks: dockerEndpoints(listed.networking) },
    Mounts: spec.mountPoints.map(dockerMountPoint),
  };
}

/** Arguments with spaces are quoted. */
const quoteWord = (word: string): string => (word.includes(" ") ? `'${word}'` : word);
