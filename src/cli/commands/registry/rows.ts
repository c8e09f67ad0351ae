// Registry commands.
import type { CommandRow } from "../row.ts";

export const registryRows: readonly CommandRow[] = [
  {
    path: "login",
    summary: "Authenticate to a registry",
    load: async () => (await import("./login.ts")).login,
  },
  {
    path: "logout",
    summary: "Log out from a registry",
    load: async () => (await import("./logout.ts")).logout,
  },
  {
    path: "search",
    summary: "Search Docker Hub for images",
    load: async () => (await import("./search.ts")).search,
  },
];
