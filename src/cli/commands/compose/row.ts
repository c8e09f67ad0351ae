// `compose` in the command table. Its subcommands have their own table because its options precede them.
import type { CommandRow } from "../row.ts";

export const composeRow: CommandRow = {
  path: "compose",
  summary: "Define and run multi-container applications",
  load: async () => (await import("./compose.ts")).compose,
};
