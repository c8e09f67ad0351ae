// The machine's own tar does the work on files: what it reads and writes are archives on its standard streams.
import type { Bytes } from "../../client/streams.ts";
import { CommandError } from "../failure.ts";

/** A file was written to while it was read: what is in the archive is one of its states. */
const CHANGED_MEANWHILE = 1;

type TarProcess = Bun.Subprocess<"ignore" | "pipe" | Buffer, "pipe" | "ignore", "pipe">;

async function finish(tar: TarProcess, harmless = 0): Promise<void> {
  const [complaint, code] = await Promise.all([tar.stderr.text(), tar.exited]);
  if (code !== 0 && code !== harmless) throw new CommandError(complaint.trim() || `tar ended with ${code}`);
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

/** Files of a directory, by their names in it. */
export interface FilesOf<Name> {
  directory: string;
  names: readonly Name[];
}

const NUL = Buffer.from("\0");

/**
 * These files and nothing below them, as an archive in which everything is root's and times are whole seconds.
 * @param further comes behind; its names are few and begin with no dash
 */
export async function* packNamed(files: FilesOf<Buffer>, further?: FilesOf<string>): AsyncGenerator<Uint8Array> {
  const tar = Bun.spawn(
    [
      "tar",
      "--create",
      "--format=pax",
      "--pax-option=delete=atime,delete=ctime,delete=mtime",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--no-recursion",
      "--file=-",
      `--directory=${files.directory}`,
      "--null",
      "--files-from=-",
      ...(further ? [`--directory=${further.directory}`, ...further.names] : []),
    ],
    { stdin: Buffer.concat(files.names.flatMap((name) => [name, NUL])), stdout: "pipe", stderr: "pipe" },
  );
  yield* tar.stdout;
  await finish(tar, CHANGED_MEANWHILE);
}

/** What tar says comes from its end; a failure of the archive is told when tar has none of its own. */
async function feed(tar: Bun.Subprocess<"pipe", "pipe" | "ignore", "pipe">, archive: Bytes): Promise<void> {
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

/** The archive without these names and what lies below them, each of which is in it. */
export async function* withoutFiles(archive: Bytes, names: readonly string[]): AsyncGenerator<Uint8Array> {
  const tar = Bun.spawn(["tar", "--delete", "--file=-", "--", ...names], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const fed = feed(tar, archive);
  // Told when all has been read.
  fed.catch(() => {});
  yield* tar.stdout;
  await fed;
}

/** Unpacks into a directory; files belong to the caller, modes and times are the archive's. */
export async function unpackFiles(archive: Bytes, directory: string): Promise<void> {
  const tar = Bun.spawn(
    ["tar", "--extract", "--preserve-permissions", "--no-same-owner", "--file=-", `--directory=${directory}`],
    { stdin: "pipe", stdout: "ignore", stderr: "pipe" },
  );
  await feed(tar, archive);
}
