// Volume commands.
import type { CommandRow } from "../row.ts";

export const volumeRows: readonly CommandRow[] = [
  {
    path: "volume create",
    summary: "Create a volume",
    load: async () => (await import("./create.ts")).create,
  },
  {
    path: "volume inspect",
    summary: "Display detailed information on one or more volumes",
    load: async () => (await import("./inspect.ts")).inspectVolumes,
  },
  {
    path: "volume ls",
    aliases: ["volume list"],
    summary: "List volumes",
    load: async () => (await import("./list.ts")).list,
  },
  {
    path: "volume prune",
    summary: "Remove unused local volumes",
    load: async () => (await import("./prune.ts")).prune,
  },
  {
    path: "volume rm",
    aliases: ["volume remove"],
    summary: "Remove one or more volumes",
    load: async () => (await import("./remove.ts")).remove,
  },
];
