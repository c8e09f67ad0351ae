// Network commands.
import type { CommandRow } from "../row.ts";

export const networkRows: readonly CommandRow[] = [
  {
    path: "network connect",
    summary: "Connect a container to a network",
    load: async () => (await import("./connect.ts")).connect,
  },
  {
    path: "network create",
    summary: "Create a network",
    load: async () => (await import("./create.ts")).create,
  },
  {
    path: "network disconnect",
    summary: "Disconnect a container from a network",
    load: async () => (await import("./disconnect.ts")).disconnect,
  },
  {
    path: "network inspect",
    summary: "Display detailed information on one or more networks",
    load: async () => (await import("./inspect.ts")).inspectNetworks,
  },
  {
    path: "network ls",
    aliases: ["network list"],
    summary: "List networks",
    load: async () => (await import("./list.ts")).list,
  },
  {
    path: "network prune",
    summary: "Remove all unused networks",
    load: async () => (await import("./prune.ts")).prune,
  },
  {
    path: "network rm",
    aliases: ["network remove"],
    summary: "Remove one or more networks",
    load: async () => (await import("./remove.ts")).remove,
  },
];
