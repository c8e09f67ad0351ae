// Docker commands that Berth does not implement, with the reason. They get a clear error instead of a spelling
// suggestion.

const swarm = "it belongs to Swarm, and Berth runs containers on one machine";
const trust = "it belongs to Docker Content Trust, which Docker itself has retired";

const reasons: Readonly<Record<string, string>> = {
  buildx: "it is a plugin of Docker's command, and it is not installed; 'build' works without it",
  checkpoint: "it is an experiment of Docker's on CRIU, which Berth does not use",
  config: swarm,
  manifest: "it edits manifest lists in a registry; skopeo and crane do that without an engine",
  node: swarm,
  plugin: "Berth's drivers are built in, it runs no engine plugins",
  secret: swarm,
  service: swarm,
  stack: swarm,
  swarm: swarm,
  trust,
};

/** Explains why the command is missing; undefined when Docker does not have it either. */
export function absence(name: string): string | undefined {
  const reason = reasons[name];
  return reason === undefined ? undefined : `'${name}' is not part of Berth: ${reason}.`;
}
