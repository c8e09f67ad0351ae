// The client's credentials for a registry.
import type { RegistryCredentials } from "../../registry/credentials.ts";
import type { BuildSession } from "./session.ts";

/** The host name in requests to clients for Docker Hub's credentials. */
const DOCKER_HUB = { domain: "docker.io", host: "registry-1.docker.io" };

/** @param domain of a reference */
export function credentialsFor(
  session: BuildSession,
  domain: string,
  signal: AbortSignal,
): Promise<RegistryCredentials | undefined> {
  return session.credentials(domain === DOCKER_HUB.domain ? DOCKER_HUB.host : domain, signal);
}
