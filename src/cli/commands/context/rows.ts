// Context commands.
import type { CommandRow } from "../row.ts";

export const contextRows: readonly CommandRow[] = [
  {
    path: "context create",
    summary: "Create a context",
    load: async () => (await import("./create.ts")).create,
  },
  {
    path: "context export",
    summary: "Export a context to a tar archive FILE or a tar stream on STDOUT.",
    load: async () => (await import("./export.ts")).exportContext,
  },
  {
    path: "context import",
    summary: "Import a context from a tar or zip file",
    load: async () => (await import("./import.ts")).importContext,
  },
  {
    path: "context inspect",
    summary: "Display detailed information on one or more contexts",
    load: async () => (await import("./inspect.ts")).inspectContexts,
  },
  {
    path: "context ls",
    aliases: ["context list"],
    summary: "List contexts",
    load: async () => (await import("./list.ts")).list,
  },
  {
    path: "context rm",
    aliases: ["context remove"],
    summary: "Remove one or more contexts",
    load: async () => (await import("./remove.ts")).remove,
  },
  {
    path: "context show",
    summary: "Print the name of the current context",
    load: async () => (await import("./show.ts")).show,
  },
  {
    path: "context update",
    summary: "Update a context",
    load: async () => (await import("./update.ts")).update,
  },
  {
    path: "context use",
    summary: "Set the current docker context",
    load: async () => (await import("./use.ts")).use,
  },
];
