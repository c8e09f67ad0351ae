// Packs and unpacks files with the system's tar program, using archives on standard input and output.
import type { Bytes } from "../../client/streams.ts";
import { CommandError } from "../failure.ts";

/** tar's message when a file changed while being read; the archive then contains one of its states. */
const CHANGED_MEANWHILE = 1;

type TarProcess = Bun.Subprocess<"ignore" | "pipe" | Buffer, "pipe" | "ignore", "pipe">;

async function finish(tar: TarProcess, harmless = 0): Promise<void> {
  const [complaint, code] = await Promise.all([tar.stderr.text(), tar.exited]);
  if (code !== 0 && code !== harmless) throw new CommandError(complaint.trim() || `tar ended with ${code}`);
}

/** Packs the entry `base` of a directory; "." packs everything. */
export async function* packFiles(directory: string, base: string): AsyncGenerator<Uint8Array> {
  const tar = Bun.spawn(["tar", "--create", "--format=pax", "--file=-", `--directory=${directory}`, "--", base], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  yield* tar.stdout;
  await finish(tar);
}

/** Files of a directory, by relative name. */
export interface FilesOf<Name> {
  directory: string;
  names: readonly Name[];
}

const NUL = Buffer.from("\0");

/**
 * Packs these files, without descending, owned by root and with times in whole seconds.
 * @param further appended files; few, with names that do not start with a dash
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

/** Reports tar's own error message, else the error of the archive stream. */
async function feed(tar: Bun.Subprocess<"pipe", "pipe" | "ignore", "pipe">, archive: Bytes): Promise<void> {
  const finished = finish(tar);
  try {
    for await (const chunk of archive) {
      tar.stdin.write(chunk);
      await tar.stdin.flush();
    }
    await tar.stdin.end();
  } catch (thrown) {
    // tar explains its own failures; without a message, the archive stream failed.
    await tar.stdin.end();
    await finished;
    throw thrown;
  }
  await finished;
}

/** Filters the archive: drops these entries and everything below them. Each must exist. */
export async function* withoutFiles(archive: Bytes, names: readonly string[]): AsyncGenerator<Uint8Array> {
  const tar = Bun.spawn(["tar", "--delete", "--file=-", "--", ...names], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const fed = feed(tar, archive);
  // Report the error only after all output was read.
  fed.catch(() => {});
  yield* tar.stdout;
  await fed;
}

/** Unpacks into a directory; files are owned by the caller, with modes and times from the archive. */
export async function unpackFiles(archive: Bytes, directory: string): Promise<void> {
  const tar = Bun.spawn(
    ["tar", "--extract", "--preserve-permissions", "--no-same-owner", "--file=-", `--directory=${directory}`],
    { stdin: "pipe", stdout: "ignore", stderr: "pipe" },
  );
  await feed(tar, archive);
}
