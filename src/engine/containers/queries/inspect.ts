// A container as `inspect` shows it; front ends show its configuration in their own form.
import type { ContainerInspect, ContainerStateAnswer, Health } from "../../../api/containers.ts";
import { NEVER } from "../../../api/time.ts";
import { appArmorProfileOf } from "../../../runtime/apparmor.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import type { ContainerConfiguration } from "../configuration/container-configuration.ts";
import type { HostConfiguration } from "../configuration/host-configuration.ts";
import type { Container } from "../container.ts";
import type { ContainerNetworks, ImageSource } from "../dependencies.ts";
import type { ExitWatcher } from "../lifecycle/exit-watcher.ts";
import { isActive } from "../lifecycle/transitions.ts";
import { shownLinks } from "../links.ts";
import { externalPathOf } from "../logs/log-paths.ts";
import { type ContainerState, commandOf, isRunning } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import type { ContainerSizes } from "./sizes.ts";

export type InspectedContainer = Omit<ContainerInspect, "Config" | "HostConfig"> & {
  config: ContainerConfiguration;
  hostConfig: HostConfiguration;
};

export const STORAGE_DRIVER = "overlay2";

export interface InspectParts {
  store: ContainerStore<Container>;
  exits: ExitWatcher;
  images: ImageSource;
  networks: ContainerNetworks;
  hostFacts: HostFacts;
}

/** What hangs for a container: a call of its runtime, or the monitor that would report its exit. */
export function unresponsiveness(
  container: Container,
  exits: ExitWatcher,
): { Operation: string; Since: string } | undefined {
  const { hanging } = container.calls;
  if (hanging) return { Operation: hanging.operation, Since: hanging.since };
  const Since = exits.monitorStoppedSince(container.id);
  return Since === undefined ? undefined : { Operation: "monitor", Since };
}

function stateAnswer(container: Container, exits: ExitWatcher): ContainerStateAnswer {
  const { state } = container;
  const { life } = state;
  const unresponsive = unresponsiveness(container, exits);
  return {
    Status: life.status,
    // Docker counts a container that waits for its restart as running.
    Running: isRunning(state) || life.status === "restarting",
    Paused: life.status === "paused",
    Restarting: life.status === "restarting",
    OOMKilled: state.oomKilled,
    Dead: false,
    Pid: isActive(life) ? life.process.pid : 0,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health ? { Health: healthAnswer(state.health) } : {}),
    ...(life.status === "restarting" ? { NextAttempt: life.nextAttempt } : {}),
    ...(state.outputTruncated ? { OutputTruncated: true } : {}),
    ...(unresponsive ? { Unresponsive: unresponsive } : {}),
  };
}

function healthAnswer({ status, failingStreak, log }: NonNullable<ContainerState["health"]>): Health {
  return { Status: status, FailingStreak: failingStreak, Log: log };
}

export function inspectContainer(
  container: Container,
  { store, exits, images, networks, hostFacts }: InspectParts,
  sizes?: ContainerSizes,
): InspectedContainer {
  const { spec, state, paths } = container;
  const { path, args } = commandOf(spec.config);
  const lowerDirectories = images.find(spec.imageId)?.lowerDirectories ?? [];
  // Decided by the first start; empty until then.
  const once = (text: string): string => (state.startedAt === NEVER && state.error === "" ? "" : text);
  return {
    Id: spec.id,
    Created: spec.created,
    Path: path,
    Args: args,
    State: stateAnswer(container, exits),
    Image: spec.imageId,
    ResolvConfPath: once(paths.resolvConf),
    HostnamePath: once(paths.hostname),
    HostsPath: once(paths.hosts),
    LogPath: once(externalPathOf(container)),
    Name: `/${spec.name}`,
    RestartCount: state.restartCount,
    Driver: STORAGE_DRIVER,
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: once(appArmorProfileOf(spec.hostConfig, hostFacts) ?? ""),
    ExecIDs: execIds(container),
    config: spec.config,
    hostConfig: { ...spec.hostConfig, links: shownLinks(container, store) },
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
    NetworkSettings: networks.settings(container.id),
  };
}

/** The execs that have not ended; null for none. */
function execIds({ execs }: Container): string[] | null {
  const ids = [...execs.values()].filter(({ life }) => life.status !== "ended").map(({ id }) => id);
  return ids.length > 0 ? ids : null;
}
