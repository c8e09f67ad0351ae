// Scoped socket commands, a Berth addition.
import type { CommandRow } from "../row.ts";

export const socketRows: readonly CommandRow[] = [
  {
    path: "socket create",
    summary: "Create a socket that answers only part of the API",
    load: async () => (await import("./create.ts")).create,
  },
  {
    path: "socket ls",
    aliases: ["socket list"],
    summary: "List scoped sockets",
    load: async () => (await import("./list.ts")).list,
  },
  {
    path: "socket rm",
    aliases: ["socket remove"],
    summary: "Remove one or more scoped sockets",
    load: async () => (await import("./remove.ts")).remove,
  },
];
