// Differences between this command line and Docker's.
import type { Topic } from "./topic.ts";

export const differencesTopic: Topic = {
  name: "differences",
  summary: "Differences from Docker's command line",
  text: (program) => `Additions:
  logs A B ...          several containers at once, lines prefixed with names
  prune --dry-run       lists what would be removed and the space it frees;
                        for every prune command
  run --secret          a secret as an in-memory file of the container
  build --secret, --output, --push
                        without BuildKit
  run --wait            runs in the background and waits for a healthy container
  run --end-with-client stops the container when this command ends
  run --health-tcp, --health-http
                        health checks without a process in the container
  run --restart-unhealthy, --restart-backoff
                        restarts of unhealthy containers; delays of restarts
  wait --condition      healthy, removed, next-exit
  update --publish-add, --publish-rm
                        change published ports of a running container
  version --client      without asking an engine
  socket create         an additional socket with a subset of the API
  doctor                checks this machine and suggests fixes
  Wide tables are wrapped to the terminal; errors suggest commands.
  Both only on a terminal: piped output is the same as Docker's.

Different:
  --format '{{.}}'      of a list prints the fields of each row; Docker's
                        command prints its internal structures
  --link                to a removed container is removed immediately;
                        Docker's engine keeps it until the daemon restarts
  update --memory       also works for a container without a limit or with
                        unlimited swap, which Docker's engine refuses

Missing:
  buildx                is run if Docker's plugin is installed; 'build' does
                        not need it
  swarm, service, stack, node, config, secret
                        features of clusters
  manifest, trust, plugin, checkpoint
                        '${program} COMMAND' explains why
`,
};
