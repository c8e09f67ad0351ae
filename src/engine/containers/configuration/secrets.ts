// Keeps the values of secrets out of stored and shown configurations.
import type { HostConfig } from "../../../api/host-configuration.ts";

/** The configuration without the values of its secrets. */
export function withoutSecretValues<T extends HostConfig>(hostConfig: T): T {
  if (!hostConfig.Secrets) return hostConfig;
  return { ...hostConfig, Secrets: hostConfig.Secrets.map(({ Value: _, ...rest }) => rest) };
}
