// `compose` in the table of commands: it has options in front of its own commands, so they have a table of their own.
import type { CommandRow } from "../row.ts";

export const composeRow: CommandRow = {
  path: "compose",
  summary: "Define and run multi-container applications",
  load: async () => (await import("./compose.ts")).compose,
};
