// The credentials of a build's client for a registry.
import type { RegistryCredentials } from "../../api/images.ts";
import type { BuildSession } from "./session.ts";

/** How clients are asked for the credentials of Docker Hub. */
const DOCKER_HUB = { domain: "docker.io", host: "registry-1.docker.io" };

/** @param domain of a reference */
export function credentialsFor(
  session: BuildSession,
  domain: string,
  signal: AbortSignal,
): Promise<RegistryCredentials | undefined> {
  return session.credentials(domain === DOCKER_HUB.domain ? DOCKER_HUB.host : domain, signal);
}
