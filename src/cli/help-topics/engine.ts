// The engine's own commands.
import type { Topic } from "./topic.ts";

export const daemonTopic: Topic = {
  name: "daemon",
  summary: "Running the engine",
  text: (program) => `Usage:  ${program} daemon [OPTIONS]

Run the engine in the foreground, as root; a service manager keeps it running.
Containers keep running when it exits.

It is configured by /etc/berth/daemon.json and by options, listed by
'${program} daemon --help'; '${program} daemon --validate' checks both without
starting.
`,
};

export const doctorTopic: Topic = {
  name: "doctor",
  summary: "Check this machine for the engine",
  text: (program) => `Usage:  ${program} doctor [OPTIONS]

Check this machine's privileges, kernel, programs, cgroups, storage and network.
Each finding has its impact and a fix. The exit code is 1 when containers cannot
run.

No running engine is required; options are those of '${program} daemon'.
`,
};
