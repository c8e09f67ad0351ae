// Renders files of containers as Docker's `diff` and its archive API do.
import type { PathStat as DockerPathStat, FilesystemChange } from "../api/containers.ts";
import type { FileChange, PathStat } from "../engine/index.ts";

const KINDS = { changed: 0, added: 1, deleted: 2 } as const;

export const dockerChange = ({ path, kind }: FileChange): FilesystemChange => ({ Path: path, Kind: KINDS[kind] });

/** The bits of Go's os.FileMode above the permissions. Source: https://pkg.go.dev/io/fs#FileMode */
const GO_DIRECTORY = 2 ** 31;
const GO_SYMLINK = 2 ** 27;
const GO_DEVICE = 2 ** 26;
const GO_PIPE = 2 ** 25;
const GO_SOCKET = 2 ** 24;
const GO_SET_UID = 2 ** 23;
const GO_SET_GID = 2 ** 22;
const GO_CHARACTER_DEVICE = 2 ** 21;
const GO_STICKY = 2 ** 20;

/** The types of files in a mode. Source: inode(7). */
const FORMAT = 0o170000;
const GO_TYPES: ReadonlyMap<number, number> = new Map([
  [0o040000, GO_DIRECTORY],
  [0o120000, GO_SYMLINK],
  [0o060000, GO_DEVICE],
  [0o020000, GO_DEVICE + GO_CHARACTER_DEVICE],
  [0o010000, GO_PIPE],
  [0o140000, GO_SOCKET],
]);

export const dockerPathStat = (stat: PathStat): DockerPathStat => ({ ...stat, mode: goMode(stat.mode) });

function goMode(mode: number): number {
  const type = GO_TYPES.get(mode & FORMAT) ?? 0;
  const bits: [number, number][] = [
    [0o4000, GO_SET_UID],
    [0o2000, GO_SET_GID],
    [0o1000, GO_STICKY],
  ];
  return bits.reduce((sum, [bit, goBit]) => sum + ((mode & bit) === 0 ? 0 : goBit), type + (mode & 0o777));
}
