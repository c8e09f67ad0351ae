// The web page command.
import type { CommandRow } from "../row.ts";

export const uiRows: readonly CommandRow[] = [
  {
    path: "ui",
    summary: "Serve a web interface for the engine",
    load: async () => (await import("./ui.ts")).ui,
  },
];
