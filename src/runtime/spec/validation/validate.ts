// Validates a whole create request, except mounts, which the volumes service validates.
import type { ContainerConfiguration } from "../../../engine/containers/configuration/container-configuration.ts";
import type { HostConfiguration } from "../../../engine/containers/configuration/host-configuration.ts";
import type { HostFacts } from "../host.ts";
import { validateContainerSettings } from "./container-settings.ts";
import { oomScoreWarnings, validateResources } from "./resources.ts";

/**
 * @returns warnings for the response of create, in Docker's words where it has them.
 * @throws BerthError invalidParameter in Docker's words.
 */
export function validateHostConfig(
  config: ContainerConfiguration,
  hostConfig: HostConfiguration,
  host: HostFacts,
): string[] {
  validateContainerSettings(config, hostConfig, host);
  return [...validateResources(hostConfig, host), ...oomScoreWarnings(hostConfig, host), ...portWarnings(hostConfig)];
}

function portWarnings({ networkMode, ports }: HostConfiguration): string[] {
  if (networkMode !== "host" || !ports?.length) return [];
  return ["Published ports are discarded when using host network mode"];
}
