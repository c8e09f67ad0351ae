// Image commands.
import { buildRow } from "../builder/rows.ts";
import type { CommandRow } from "../row.ts";

export const imageRows: readonly CommandRow[] = [
  {
    path: "image build",
    shortForm: "build",
    ...buildRow,
  },
  {
    path: "image history",
    shortForm: "history",
    summary: "Show the history of an image",
    load: async () => (await import("./history.ts")).history,
  },
  {
    path: "image import",
    shortForm: "import",
    summary: "Import the contents from a tarball to create a filesystem image",
    load: async () => (await import("./import.ts")).importImage,
  },
  {
    path: "image inspect",
    summary: "Display detailed information on one or more images",
    load: async () => (await import("./inspect.ts")).inspectImages,
  },
  {
    path: "image load",
    shortForm: "load",
    summary: "Load an image from a tar archive or STDIN",
    load: async () => (await import("./load.ts")).load,
  },
  {
    path: "image ls",
    aliases: ["image list"],
    shortForm: "images",
    summary: "List images",
    load: async () => (await import("./list.ts")).list,
  },
  {
    path: "image prune",
    summary: "Remove unused images",
    load: async () => (await import("./prune.ts")).prune,
  },
  {
    path: "image pull",
    shortForm: "pull",
    summary: "Download an image from a registry",
    load: async () => (await import("./pull.ts")).pull,
  },
  {
    path: "image push",
    shortForm: "push",
    summary: "Upload an image to a registry",
    load: async () => (await import("./push.ts")).push,
  },
  {
    path: "image rm",
    aliases: ["image remove"],
    shortForm: "rmi",
    summary: "Remove one or more images",
    load: async () => (await import("./remove.ts")).remove,
  },
  {
    path: "image save",
    shortForm: "save",
    summary: "Save one or more images to a tar archive (streamed to STDOUT by default)",
    load: async () => (await import("./save.ts")).save,
  },
  {
    path: "image tag",
    shortForm: "tag",
    summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    load: async () => (await import("./tag.ts")).tag,
  },
];
