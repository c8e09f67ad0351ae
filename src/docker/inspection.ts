// Renders a container as Docker's `inspect` and `ps` do.
import type { ContainerInspect, ContainerSummary } from "../api/containers.ts";
import type { DiskUsageAnswer } from "../api/system.ts";
import type { DiskUsage, InspectedContainer, ListedContainer } from "../engine/index.ts";
import { dockerConfig } from "./container-config.ts";
import { dockerHostConfig } from "./host-configuration.ts";
import { networkModeWord } from "./namespace-modes.ts";

/** Fields in Docker's order, which `docker inspect` prints. */
export function dockerInspect({ config, hostConfig, ...inspected }: InspectedContainer): ContainerInspect {
  const { GraphDriver, SizeRw, SizeRootFs, Mounts, NetworkSettings, ...first } = inspected;
  const sizes = SizeRw === undefined ? {} : { SizeRw, SizeRootFs };
  const [Config, HostConfig] = [dockerConfig(config), dockerHostConfig(hostConfig)];
  return { ...first, HostConfig, GraphDriver, ...sizes, Mounts, Config, NetworkSettings };
}

export function dockerSummary({ hostConfig, ...listed }: ListedContainer): ContainerSummary {
  const { NetworkSettings, Mounts, ...first } = listed;
  const { networkMode, annotations } = hostConfig;
  const HostConfig = {
    NetworkMode: networkModeWord(networkMode),
    ...(annotations ? { Annotations: annotations } : {}),
  };
  return { ...first, HostConfig, NetworkSettings, Mounts };
}

export function dockerDiskUsage({ LayersSize, Images, Containers, ...others }: DiskUsage): DiskUsageAnswer {
  return { LayersSize, Images, Containers: Containers?.map(dockerSummary) ?? null, ...others };
}
