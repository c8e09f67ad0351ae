// What a container's configuration may show of its secrets.
import type { HostConfig } from "../../../api/host-configuration.ts";

/** The same configuration as it may be shown and kept on disk. */
export function withoutSecretValues<T extends HostConfig>(hostConfig: T): T {
  if (!hostConfig.Secrets) return hostConfig;
  return { ...hostConfig, Secrets: hostConfig.Secrets.map(({ Value: _, ...rest }) => rest) };
}
