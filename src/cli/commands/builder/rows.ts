// Build commands; `build` itself is also listed with the image commands.
import type { CommandRow } from "../row.ts";

/** The same command in two groups. */
export const buildRow: Omit<CommandRow, "path"> = {
  names: ["image build", "build", "builder build"],
  summary: "Build an image from a Dockerfile",
  load: async () => (await import("../image/build.ts")).buildImage,
};

export const builderRows: readonly CommandRow[] = [
  { path: "builder build", ...buildRow },
  {
    path: "builder prune",
    summary: "Remove build cache",
    load: async () => (await import("./prune.ts")).prune,
  },
];
