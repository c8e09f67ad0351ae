// The "pack" job: packs a container's changes, this process's root, as a layer's archive.
import { closeSync, constants, openSync } from "node:fs";
import { chdir } from "node:process";
import type * as v from "valibot";
import { changeRoot } from "../../linux/files.ts";
import type { Message, packJobSchema } from "./messages.ts";
import { packChanges } from "./pack-changes.ts";

export async function packJob(
  { source, archive, lower }: v.InferOutput<typeof packJobSchema>,
  tell: (message: Message) => void,
): Promise<void> {
  const output = openSync(archive, "w");
  const layersBelow = lower.map((path) => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
  changeRoot(source);
  chdir("/");
  const packed = packChanges(output, layersBelow, (done) => tell({ type: "progress", done }));
  closeSync(output);
  tell({ type: "packed", ...packed });
}
