// Settings from the environment: Docker's variables, and their BERTH_ twins, which win.

/** The value of BERTH_`name` or DOCKER_`name`; an empty one counts as not set. */
export function setting(name: string): string | undefined {
  return process.env[`BERTH_${name}`] || process.env[`DOCKER_${name}`] || undefined;
}

/** The user's home directory, "/" when nothing says where it is. */
export function homeDirectory(): string {
  return process.env.HOME || "/";
}

/** Where config.json and the contexts are: shared with Docker's own client, so that logins and contexts are too. */
export function defaultConfigDirectory(): string {
  return setting("CONFIG") ?? `${homeDirectory()}/.docker`;
}
