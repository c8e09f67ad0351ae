// Converts file metadata between fsutil's packets, the engine's form and tar headers.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { FileStat } from "../../engine/build/session.ts";
import {
  goOfMode,
  modeOfGo,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "../../grpc/file-mode.ts";
import type { Stat, StatSchema } from "../../grpc/proto/fsutil/stat_pb.ts";
import type { EntryType, TarHeader } from "../../storage/archive/header.ts";
import { byteString, cleanName, printable } from "../../storage/archive/names.ts";

export const typeOf = ({ mode }: FileStat): number => mode & S_IFMT;

export function statOfPacket(stat: Stat): FileStat {
  const mode = modeOfGo(stat.mode);
  const type = mode & S_IFMT;
  return {
    mode,
    uid: stat.uid,
    gid: stat.gid,
    size: type === S_IFREG ? Number(stat.size) : 0,
    modified: stat.modTime,
    linkName: byteString(stat.linkname),
    device:
      type === S_IFCHR || type === S_IFBLK ? { major: Number(stat.devmajor), minor: Number(stat.devminor) } : undefined,
    xattrs: new Map(Object.entries(stat.xattrs).map(([name, value]) => [byteString(name), value])),
  };
}

/** Whether a file is unchanged. Times of directories follow from their content. */
export function isUnchanged(stat: FileStat, kept: FileStat | undefined): boolean {
  if (kept === undefined) return false;
  return (
    stat.mode === kept.mode &&
    stat.uid === kept.uid &&
    stat.gid === kept.gid &&
    stat.size === kept.size &&
    (stat.modified === kept.modified || typeOf(stat) === S_IFDIR) &&
    stat.linkName === kept.linkName &&
    stat.device?.major === kept.device?.major &&
    stat.device?.minor === kept.device?.minor &&
    hasSameAttributes(stat.xattrs, kept.xattrs)
  );
}

function hasSameAttributes(one: FileStat["xattrs"], other: FileStat["xattrs"]): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([name, value]) => {
    const known = other.get(name);
    return known !== undefined && Buffer.compare(value, known) === 0;
  });
}

const archiveTypes: ReadonlyMap<number, EntryType> = new Map([
  [S_IFREG, "file"],
  [S_IFDIR, "directory"],
  [S_IFLNK, "symlink"],
  [S_IFCHR, "character"],
  [S_IFBLK, "block"],
  [S_IFIFO, "fifo"],
]);

/** The tar header; undefined for file types that an archive cannot hold (sockets). */
export function tarHeaderOf(path: string, stat: FileStat, size: number): TarHeader | undefined {
  const own = archiveTypes.get(typeOf(stat));
  if (own === undefined) return undefined;
  return {
    type: own === "file" && stat.linkName !== "" ? "link" : own,
    name: own === "directory" ? `${path}/` : path,
    linkName: stat.linkName,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    size,
    modified: stat.modified,
    major: stat.device?.major ?? 0,
    minor: stat.device?.minor ?? 0,
    xattrs: stat.xattrs,
  };
}

const typesOfEntries: Record<EntryType, number> = {
  file: S_IFREG,
  link: S_IFREG,
  symlink: S_IFLNK,
  character: S_IFCHR,
  block: S_IFBLK,
  directory: S_IFDIR,
  fifo: S_IFIFO,
};

/** The packet for an archive entry. Names are byte strings. */
export function packetOf(header: TarHeader, path = header.name): MessageInitShape<typeof StatSchema> {
  return {
    path: printable(cleanName(path)),
    mode: goOfMode(typesOfEntries[header.type] | header.mode),
    uid: header.uid,
    gid: header.gid,
    size: BigInt(header.size),
    modTime: header.modified,
    linkname: printable(header.type === "link" ? cleanName(header.linkName) : header.linkName),
    devmajor: BigInt(header.major),
    devminor: BigInt(header.minor),
    xattrs: Object.fromEntries(
      [...header.xattrs].map(([name, value]) => [printable(name), Buffer.from(value)] as const),
    ),
  };
}
