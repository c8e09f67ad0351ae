// Worker jobs of the archive API and of export.
import { statSync } from "node:fs";
import { posix } from "node:path";
import { BerthError, messageOf } from "../../api/errors.ts";
import { errorCode } from "../../linux/errno.ts";
import { enterPrivateMounts, enterRoot } from "../../linux/mount-namespace.ts";
import { ByteReader } from "../archive/bytes.ts";
import { decompressDetected } from "../archive/compression.ts";
import { Extractor } from "../archive/extract.ts";
import { byteString, printable } from "../archive/names.ts";
import { readArchive } from "../archive/reader.ts";
import { packTree } from "../archive/tree.ts";
import type { ExportJob, ExtractJob, FilesMessage, PackJob, StatJob, View } from "./messages.ts";
import { ownerInside, ownerOutside } from "./owners.ts";
import { findPath, followLinks, notFound } from "./path-stat.ts";
import { readInput, writeOutput } from "./standard-streams.ts";
import { enterView } from "./view.ts";

const REASONS: Readonly<Record<string, string>> = {
  EBUSY: "device or resource busy",
  EEXIST: "file exists",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  EROFS: "read-only file system",
};

type Report = (message: FilesMessage) => void;

export function statJob({ view, container, path }: StatJob, tell: Report): void {
  enterView(view);
  tell({ type: "stat", stat: findPath(path, container).stat });
}

export function packJob({ view, container, path, owners }: PackJob, tell: Report): void {
  enterView(view);
  const found = findPath(path, container);
  tell({ type: "stat", stat: found.stat });
  // Names in the archive start with the directory's own name.
  const root = found.isDirectory ? followLinks(found.path) : found.path;
  const options = { name: byteString(found.stat.name), withRoot: true, owner: ownerInside(owners) };
  writeOutput((take) => packTree(byteString(root), options, take));
}

export function exportJob({ rootfs, owners }: ExportJob, tell: Report): void {
  enterPrivateMounts();
  enterRoot(rootfs);
  tell({ type: "ready" });
  const options = { name: "", withRoot: false, owner: ownerInside(owners) };
  writeOutput((take) => packTree("/", options, take));
}

export async function extractJob(job: ExtractJob): Promise<void> {
  const { view, container, path, keepKinds, owner } = job;
  enterView(view);
  const directory = targetDirectory(path, container);
  refuseReadOnly(directory, view, job.readOnlyRoot);
  const extractor = new Extractor({
    directory: directory === "/" ? "" : byteString(directory),
    keepKinds,
    owner: owner ? () => owner : ownerOutside(job.owners),
  });
  const reader = new ByteReader(decompressDetected(readInput()));
  try {
    for await (const entry of readArchive(reader)) {
      await extractor.add(entry).catch((thrown: unknown) => {
        throw described(entry.header.name, thrown);
      });
    }
  } catch (thrown) {
    // Docker reports whatever goes wrong in an archive as an error of the server.
    throw new BerthError("internal", messageOf(thrown), thrown);
  }
  extractor.finish();
}

function described(name: string, thrown: unknown): unknown {
  if (thrown instanceof BerthError) return thrown;
  const reason = REASONS[errorCode(thrown) ?? ""] ?? messageOf(thrown);
  return new BerthError("internal", `write ${printable(name)}: ${reason}`, thrown);
}

/** The real path of the requested directory. */
function targetDirectory(path: string, container: string): string {
  const absolute = posix.resolve("/", path);
  const status = statSync(absolute, { throwIfNoEntry: false });
  if (status === undefined) throw notFound(path, container);
  if (!status.isDirectory()) throw new BerthError("invalidParameter", "extraction point is not a directory");
  return followLinks(absolute);
}

/** @throws BerthError invalidParameter in Docker's words */
function refuseReadOnly(directory: string, { mounts }: View, readOnlyRoot: boolean): void {
  const around = mounts
    .map((mount) => ({ mount, place: followLinks(mount.destination) }))
    .filter(({ place }) => directory === place || directory.startsWith(`${place}/`))
    .reduce<{ length: number; readOnly: boolean } | undefined>(
      (best, { mount, place }) =>
        best && best.length > place.length ? best : { length: place.length, readOnly: mount.readOnly },
      undefined,
    );
  if (around?.readOnly) throw new BerthError("invalidParameter", "mounted volume is marked read-only");
  if (!around && readOnlyRoot) throw new BerthError("invalidParameter", "container rootfs is marked read-only");
}
