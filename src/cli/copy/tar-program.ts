// The machine's own tar does the work on files: what it reads and writes are archives on its standard streams.
import type { Bytes } from "../../client/streams.ts";
import { CommandError } from "../failure.ts";

async function finish(tar: Bun.Subprocess<"ignore" | "pipe", "pipe" | "ignore", "pipe">): Promise<void> {
  const [complaint, code] = await Promise.all([tar.stderr.text(), tar.exited]);
  if (code !== 0) throw new CommandError(complaint.trim() || `tar ended with ${code}`);
}

/** The entry `base` of a directory as an archive; "." is all of it. */
export async function* packFiles(directory: string, base: string): AsyncGenerator<Uint8Array> {
  const tar = Bun.spawn(["tar", "--create", "--format=pax", "--file=-", `--directory=${directory}`, "--", base], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  yield* tar.stdout;
  await finish(tar);
}

/** Unpacks into a directory; files belong to the caller, modes and times are the archive's. */
export async function unpackFiles(archive: Bytes, directory: string): Promise<void> {
  const tar = Bun.spawn(
    ["tar", "--extract", "--preserve-permissions", "--no-same-owner", "--file=-", `--directory=${directory}`],
    { stdin: "pipe", stdout: "ignore", stderr: "pipe" },
  );
  const finished = finish(tar);
  try {
    for await (const chunk of archive) {
      tar.stdin.write(chunk);
      await tar.stdin.flush();
    }
    await tar.stdin.end();
  } catch (thrown) {
    // A tar that gave up says why; without a word of it the failure was the archive's.
    await tar.stdin.end();
    await finished;
    throw thrown;
  }
  await finished;
}
