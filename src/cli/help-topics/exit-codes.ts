// Exit codes.
import type { Topic } from "./topic.ts";

export const exitCodesTopic: Topic = {
  name: "exit-codes",
  summary: "Exit codes",
  text: (program) => `    0   success
    1   failure; the reason is on standard error
   64   a --format is not a template ('inspect', 'events', 'info', 'version')
  125   invalid command line, or 'run' failed to start the container
  126   the command in the container cannot be executed
  127   the command in the container was not found
  128+n terminated by signal n: 130 by Ctrl-C, 137 by SIGKILL, 141 when the
        reader of a pipe has exited

'${program} run', 'start -a', 'attach' and 'exec' return the exit code of the process
in the container.
`,
};
