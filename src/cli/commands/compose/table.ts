// All subcommands of `compose`; a file is loaded only when its command runs.
import type { ComposeCommand } from "./command.ts";

export interface ComposeRow {
  name: string;
  aliases?: readonly string[];
  summary: string;
  load(): Promise<ComposeCommand>;
}

export const composeRows: readonly ComposeRow[] = [
  {
    name: "attach",
    summary: "Attach local standard input, output, and error streams to a service's running container",
    load: async () => (await import("./attach.ts")).composeAttach,
  },
  {
    name: "build",
    summary: "Build or rebuild services",
    load: async () => (await import("./build.ts")).buildServices,
  },
  {
    name: "commit",
    summary: "Create a new image from a service container's changes",
    load: async () => (await import("./commit.ts")).composeCommit,
  },
  {
    name: "config",
    aliases: ["convert"],
    summary: "Parse, resolve and render compose file in canonical format",
    load: async () => (await import("./config.ts")).config,
  },
  {
    name: "cp",
    summary: "Copy files/folders between a service container and the local filesystem",
    load: async () => (await import("./copy.ts")).composeCopy,
  },
  {
    name: "create",
    summary: "Creates containers for a service",
    load: async () => (await import("./create.ts")).create,
  },
  {
    name: "down",
    summary: "Stop and remove containers, networks",
    load: async () => (await import("./down.ts")).down,
  },
  {
    name: "events",
    summary: "Receive real time events from containers",
    load: async () => (await import("./events.ts")).events,
  },
  {
    name: "exec",
    summary: "Execute a command in a running container",
    load: async () => (await import("./exec.ts")).composeExec,
  },
  {
    name: "export",
    summary: "Export a service container's filesystem as a tar archive",
    load: async () => (await import("./export.ts")).composeExport,
  },
  {
    name: "images",
    summary: "List images used by the created containers",
    load: async () => (await import("./images.ts")).images,
  },
  {
    name: "kill",
    summary: "Force stop service containers",
    load: async () => (await import("./kill.ts")).kill,
  },
  {
    name: "logs",
    summary: "View output from containers",
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    name: "ls",
    summary: "List running compose projects",
    load: async () => (await import("./projects.ts")).projects,
  },
  {
    name: "pause",
    summary: "Pause services",
    load: async () => (await import("./pause.ts")).pause,
  },
  {
    name: "port",
    summary: "Print the public port for a port binding",
    load: async () => (await import("./port.ts")).port,
  },
  {
    name: "ps",
    summary: "List containers",
    load: async () => (await import("./list.ts")).list,
  },
  {
    name: "pull",
    summary: "Pull service images",
    load: async () => (await import("./pull.ts")).pull,
  },
  {
    name: "push",
    summary: "Push service images",
    load: async () => (await import("./push.ts")).push,
  },
  {
    name: "restart",
    summary: "Restart service containers",
    load: async () => (await import("./restart.ts")).restart,
  },
  {
    name: "rm",
    summary: "Removes stopped service containers",
    load: async () => (await import("./remove.ts")).remove,
  },
  {
    name: "run",
    summary: "Run a one-off command on a service",
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "scale",
    summary: "Scale services",
    load: async () => (await import("./scale.ts")).scale,
  },
  {
    name: "start",
    summary: "Start services",
    load: async () => (await import("./start.ts")).start,
  },
  {
    name: "stats",
    summary: "Display a live stream of container(s) resource usage statistics",
    load: async () => (await import("./stats.ts")).stats,
  },
  {
    name: "stop",
    summary: "Stop services",
    load: async () => (await import("./stop.ts")).stop,
  },
  {
    name: "top",
    summary: "Display the running processes",
    load: async () => (await import("./top.ts")).top,
  },
  {
    name: "unpause",
    summary: "Unpause services",
    load: async () => (await import("./pause.ts")).unpause,
  },
  {
    name: "up",
    summary: "Create and start containers",
    load: async () => (await import("./up.ts")).composeUp,
  },
  {
    name: "version",
    summary: "Show the Docker Compose version information",
    load: async () => (await import("./version.ts")).version,
  },
  {
    name: "volumes",
    summary: "List volumes",
    load: async () => (await import("./volumes.ts")).volumes,
  },
  {
    name: "wait",
    summary: "Block until containers of all (or specified) services stop.",
    load: async () => (await import("./wait.ts")).wait,
  },
  {
    name: "watch",
    summary: "Watch build context for service and rebuild/refresh containers when files are updated",
    load: async () => (await import("./watch.ts")).watchFiles,
  },
];

/** Compose's commands that Berth does not have, and why. */
export const refusals: Readonly<Record<string, string>> = {
  bridge: "it turns projects into files for Kubernetes",
  publish: "it stores projects as OCI artifacts in registries",
  alpha: "its commands are experiments",
  viz: "it draws graphs",
};
