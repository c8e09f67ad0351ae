// Commands that print completion scripts, one per shell.
import type { CommandRow } from "../row.ts";

export const completionRows: readonly CommandRow[] = [
  {
    path: "completion bash",
    summary: "Generate the autocompletion script for bash",
    load: async () => (await import("./shells.ts")).completionCommand("bash"),
  },
  {
    path: "completion fish",
    summary: "Generate the autocompletion script for fish",
    load: async () => (await import("./shells.ts")).completionCommand("fish"),
  },
  {
    path: "completion zsh",
    summary: "Generate the autocompletion script for zsh",
    load: async () => (await import("./shells.ts")).completionCommand("zsh"),
  },
];
