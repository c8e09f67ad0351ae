// System commands.
import type { CommandRow } from "../row.ts";

export const systemRows: readonly CommandRow[] = [
  {
    path: "system df",
    summary: "Show docker disk usage",
    load: async () => (await import("./disk-usage.ts")).diskUsage,
  },
  {
    path: "system dial-stdio",
    summary: "Proxy the stdio stream to the daemon connection. Should not be invoked manually.",
    hidden: true,
    load: async () => (await import("./dial-stdio.ts")).dialStdio,
  },
  {
    path: "system events",
    shortForm: "events",
    summary: "Get real time events from the server",
    load: async () => (await import("./events.ts")).events,
  },
  {
    path: "system info",
    shortForm: "info",
    summary: "Display system-wide information",
    load: async () => (await import("./info.ts")).info,
  },
  {
    path: "system prune",
    summary: "Remove unused data",
    load: async () => (await import("./prune.ts")).prune,
  },
  {
    path: "inspect",
    summary: "Return low-level information on Docker objects",
    load: async () => (await import("./inspect.ts")).inspect,
  },
  {
    path: "version",
    summary: "Show the Docker version information",
    load: async () => (await import("./version.ts")).version,
  },
];
