// The command table: names, aliases, summary and file of every command. A file is loaded only when its command runs. To
// add a command, add a file and a row.
import { builderRows } from "./builder/rows.ts";
import { completionRows } from "./completion/rows.ts";
import { composeRow } from "./compose/row.ts";
import { containerRows } from "./container/rows.ts";
import { contextRows } from "./context/rows.ts";
import { imageRows } from "./image/rows.ts";
import { networkRows } from "./network/rows.ts";
import { registryRows } from "./registry/rows.ts";
import type { CommandRow, Group } from "./row.ts";
import { socketRows } from "./socket/rows.ts";
import { systemRows } from "./system/rows.ts";
import { uiRows } from "./ui/rows.ts";
import { volumeRows } from "./volume/rows.ts";

export const groups: readonly Group[] = [
  { name: "builder", summary: "Manage builds" },
  { name: "container", summary: "Manage containers" },
  { name: "context", summary: "Manage contexts" },
  { name: "image", summary: "Manage images" },
  { name: "network", summary: "Manage networks" },
  { name: "socket", summary: "Manage sockets that answer part of the API" },
  { name: "system", summary: "Manage Berth" },
  { name: "volume", usage: " COMMAND", summary: "Manage volumes" },
  {
    name: "completion",
    summary: "Generate the autocompletion script for the specified shell",
    description: "Generate the autocompletion script for the specified shell.",
    hidden: true,
  },
];

/** Commands of the same program that are not client commands: `src/main.ts` accepts them as the first word only. */
export const engineCommands: readonly { name: string; summary: string }[] = [
  { name: "daemon", summary: "Run the engine" },
  { name: "doctor", summary: "Check what this machine lacks for it, and say how to mend that" },
];

/** Shown first in the top-level help, in this order. */
export const commonCommands: readonly string[] = [
  "run",
  "exec",
  "ps",
  "build",
  "pull",
  "push",
  "images",
  "login",
  "logout",
  "search",
  "version",
  "info",
];

export const rows: readonly CommandRow[] = [
  ...containerRows,
  ...imageRows,
  ...builderRows,
  composeRow,
  ...networkRows,
  ...volumeRows,
  ...contextRows,
  ...socketRows,
  ...systemRows,
  ...registryRows,
  ...completionRows,
  ...uiRows,
];
