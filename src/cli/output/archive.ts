// Writes an archive from the engine to a file or standard output, with progress on a terminal.
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Bytes } from "../../client/streams.ts";
import { CommandError } from "../failure.ts";
import type { Session } from "../session.ts";
import { transferMeter } from "./transfer-meter.ts";

/** @throws CommandError when `path` cannot be a file, in Docker's words. */
function checkOutput(path: string, failure: string): void {
  const directory = dirname(path);
  if (!existsSync(directory)) {
    throw new CommandError(`${failure}: invalid output path: stat ${directory}: no such file or directory`);
  }
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) {
    throw new CommandError(`${failure}: cannot write to a directory`);
  }
  if (found && !found.isFile()) {
    throw new CommandError(
      `${failure}: cannot write to a ${found.isCharacterDevice() ? "character device" : "special"} file`,
    );
  }
}

/** The file appears under its final name only when complete. */
async function writeFile(path: string, bytes: Bytes): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  const abandon = () => rmSync(draft, { force: true });
  process.on("exit", abandon);
  const writer = Bun.file(draft).writer();
  for await (const chunk of bytes) {
    writer.write(chunk);
    await writer.flush();
  }
  await writer.end();
  renameSync(draft, path);
}

/**
 * @param path "" for standard output, which must not be a terminal
 * @param failure the prefix of Docker's message for an unusable path
 */
export async function writeArchive(session: Session, path: string, failure: string, open: () => Bytes): Promise<void> {
  if (path === "") {
    if (session.stdout.isTerminal) {
      throw new CommandError("cowardly refusing to save to a terminal. Use the -o flag or redirect");
    }
    for await (const chunk of open()) await session.stdout.write(chunk);
    return;
  }
  checkOutput(path, failure);
  const meter = transferMeter(session.stderr, "Writing");
  await writeFile(path, meter.counting(open()));
  meter.end();
}
