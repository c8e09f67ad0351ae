// Settings from the environment: Docker's variables and their BERTH_ equivalents, which take precedence.

/** The value of BERTH_`name` or DOCKER_`name`; empty values count as unset. */
export function setting(name: string): string | undefined {
  return process.env[`BERTH_${name}`] || process.env[`DOCKER_${name}`] || undefined;
}

/** The user's home directory, or "/" when it is unknown. */
export function homeDirectory(): string {
  return process.env.HOME || "/";
}

/** Directory of config.json and the contexts, shared with Docker's client so that logins and contexts are, too. */
export function defaultConfigDirectory(): string {
  return setting("CONFIG") ?? `${homeDirectory()}/.docker`;
}
