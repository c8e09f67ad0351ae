// What the exit codes mean.
import type { Topic } from "./topic.ts";

export const exitCodesTopic: Topic = {
  name: "exit-codes",
  summary: "What the exit codes mean",
  text: (program) => `    0   done
    1   it could not be done; the reason is on standard error
   64   a --format is no template ('inspect', 'events', 'info', 'version')
  125   wrong use of the command line; or 'run' could not start a container
  126   the command in the container is there but cannot be run
  127   the command in the container is not there
  128+n ended by signal n: 130 by Ctrl-C, 137 by SIGKILL, 141 when the
        reader of a pipe went away

'${program} run', 'start -a', 'attach' and 'exec' end with the exit code of what
ran in the container.
`,
};
