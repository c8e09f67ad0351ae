// What this command line has that Docker's has not, and the other way round.
import type { Topic } from "./topic.ts";

export const differencesTopic: Topic = {
  name: "differences",
  summary: "What is here beyond Docker's command line, and what is not",
  text: (program) => `Beyond Docker's:
  logs A B ...          several containers at once, each line with its name
  prune --dry-run       what would be removed and how much space that frees;
                        for every prune
  run --secret          a file in memory for the container
  build --secret, --output, --push
                        without BuildKit
  run --wait            in the background, over when the container is healthy
  run --end-with-client stopped when this command ends, however it ends
  run --health-tcp, --health-http
                        health checks that start no process
  run --restart-unhealthy, --restart-backoff
                        restarts of the unhealthy, and how long between them
  wait --condition      healthy, removed, next-exit
  update --publish-add  ports published and withdrawn while the container runs
  version --client      without asking an engine
  socket create         a further socket that answers only part of the API
  doctor                what is missing on this machine, and how to mend it
  Wide tables are folded to the terminal; errors say what to type next.
  These are for people: what is piped stays as Docker prints it.

Otherwise:
  --format '{{.}}'      of a list prints the fields of each row; Docker's
                        command prints structures of its memory
  --link                to a container that was removed is gone at once;
                        Docker's engine keeps it until it is restarted
  update --memory       alone also for a container without a limit or with
                        unlimited swap, which Docker's engine refuses

Not here:
  buildx                made for BuildKit; 'build' reads the Dockerfiles of
                        today without it
  swarm, service, stack, node, config, secret
                        made for many machines
  manifest, trust, plugin, checkpoint
                        '${program} COMMAND' says why
`,
};
