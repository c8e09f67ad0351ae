// The commands that are the engine's own.
import type { Topic } from "./topic.ts";

export const daemonTopic: Topic = {
  name: "daemon",
  summary: "Running the engine",
  text: (program) => `Usage:  ${program} daemon [OPTIONS]

Run the engine on this machine, as root and in the foreground; a service
manager keeps it running. Containers go on when it ends.

Settings come from /etc/berth/daemon.json and from options, which
'${program} daemon --help' lists; '${program} daemon --validate' checks both without
starting.
`,
};

export const doctorTopic: Topic = {
  name: "doctor",
  summary: "What this machine lacks for the engine, and how to mend it",
  text: (program) => `Usage:  ${program} doctor [OPTIONS]

Look at this machine as the engine would: privileges, kernel, programs, control
groups, storage, network. Each thing that is missing is told with what follows
from it and how to mend it. The exit code is 1 when containers cannot run.

It needs no engine; options are those of '${program} daemon'.
`,
};
