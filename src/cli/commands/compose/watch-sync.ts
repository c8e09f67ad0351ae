// Copies changed files of a watched directory into the containers of a service, and deletes what was deleted.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../../compose/project/engine.ts";
import { type ArchivedEntry, entriesArchive } from "../../../compose/project/file-archive.ts";
import type { ObservedContainer } from "../../../compose/project/observed.ts";

/** A file or directory on the client, and where it belongs in the container. */
export interface PathMapping {
  file: string;
  target: string;
  /** Whether to copy a file or directory below this directory. */
  accepts(file: string): boolean;
}

const PERMISSIONS = 0o7777;

/** The entry itself and, for a directory, everything below it; empty for what does not exist. */
function entriesOf({ file, target, accepts }: PathMapping): ArchivedEntry[] {
  const info = lstatSync(file, { throwIfNoEntry: false });
  if (!info) return [];
  const { uid, gid } = info;
  const entry = { path: target, content: "", target: "", mode: info.mode & PERMISSIONS, uid, gid };
  if (info.isSymbolicLink()) return [{ ...entry, kind: "symlink", target: readlinkSync(file) }];
  if (info.isFile()) return [{ ...entry, kind: "file", content: readFileSync(file) }];
  if (!info.isDirectory()) return [];
  const below = readdirSync(file).flatMap((name) => {
    const path = join(file, name);
    return accepts(path) ? entriesOf({ file: path, target: join(target, name), accepts }) : [];
  });
  return [{ ...entry, kind: "directory" }, ...below];
}

/** Without directories that the other entries imply. */
function withoutImplied(entries: readonly ArchivedEntry[]): ArchivedEntry[] {
  return entries.filter(
    ({ kind, path }) => kind !== "directory" || !entries.some((other) => other.path.startsWith(`${path}/`)),
  );
}

async function remove(engine: Engine, { id }: ObservedContainer, targets: readonly string[]): Promise<void> {
  const { Id } = await engine.execs.create(id, {
    AttachStdout: true,
    AttachStderr: true,
    Cmd: ["rm", "-rf", ...targets],
  });
  const { output } = await engine.execs.start(Id, {});
  for await (const _ of output);
}

async function copy(engine: Engine, { id }: ObservedContainer, entries: readonly ArchivedEntry[]): Promise<void> {
  const put = (chosen: readonly ArchivedEntry[]) =>
    engine.containers.putArchive(id, "/", entriesArchive(chosen), { copyUidGid: true });
  try {
    await put(entries);
  } catch (thrown) {
    // In the container, a link may stand for one of the directories.
    if (!(thrown instanceof Error) || !thrown.message.includes("cannot overwrite non-directory")) throw thrown;
    await put(withoutImplied(entries));
  }
}

export async function syncFiles(
  engine: Engine,
  containers: readonly ObservedContainer[],
  mappings: readonly PathMapping[],
): Promise<void> {
  const byPath = new Map(mappings.flatMap(entriesOf).map((entry) => [entry.path, entry]));
  const deleted = mappings.filter(({ file }) => !lstatSync(file, { throwIfNoEntry: false }));
  await Promise.all(
    containers.map(async (container) => {
      if (deleted.length > 0) {
        const targets = deleted.map(({ target }) => target);
        await remove(engine, container, targets);
      }
      if (byPath.size > 0) await copy(engine, container, [...byPath.values()]);
    }),
  );
}
