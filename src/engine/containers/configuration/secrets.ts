// Keeps the values of secrets out of stored and shown configurations.
import type { HostConfiguration } from "./host-configuration.ts";

/** The configuration without the values of its secrets. */
export function withoutSecretValues<T extends HostConfiguration>(hostConfig: T): T {
  if (!hostConfig.secrets) return hostConfig;
  return { ...hostConfig, secrets: hostConfig.secrets.map(({ value: _, ...rest }) => rest) };
}
