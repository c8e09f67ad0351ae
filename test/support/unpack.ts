// Extracts an archive with the engine's own worker.
import { closeSync, openSync } from "node:fs";
import type { Message } from "../../src/storage/worker/messages.ts";
import { runJob } from "../../src/storage/worker/spawn.ts";

/** `lower` are directories of layers below, the top one first. */
export async function unpackFile(path: string, target: string, lower: string[] = []): Promise<Message> {
  const archive = openSync(path, "r");
  try {
    return await runJob({ job: "unpack", target, lower, grows: false }, { archive });
  } finally {
    closeSync(archive);
  }
}
