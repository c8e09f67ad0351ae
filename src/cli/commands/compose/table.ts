// Every command of `compose`: a file is loaded only when its command runs.
import type { ComposeCommand } from "./command.ts";

export interface ComposeRow {
  name: string;
  aliases?: readonly string[];
  summary: string;
  load(): Promise<ComposeCommand>;
}

export const composeRows: readonly ComposeRow[] = [
  {
    name: "config",
    aliases: ["convert"],
    summary: "Parse, resolve and render compose file in canonical format",
    load: async () => (await import("./config.ts")).config,
  },
  {
    name: "down",
    summary: "Stop and remove containers, networks",
    load: async () => (await import("./down.ts")).down,
  },
  {
    name: "up",
    summary: "Create and start containers",
    load: async () => (await import("./up.ts")).composeUp,
  },
];

/** Commands of Compose's that are not here, and why. */
export const refusals: Readonly<Record<string, string>> = {
  bridge: "it turns projects into files for Kubernetes",
  publish: "it stores projects as OCI artifacts in registries",
  alpha: "its commands are experiments",
  viz: "it draws graphs",
};
