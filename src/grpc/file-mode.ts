// Converts between Go's os.FileMode, which clients send, and st_mode of stat(2).
import { constants } from "node:fs";

const GO_DIRECTORY = 2 ** 31;
const GO_SYMLINK = 1 << 27;
const GO_DEVICE = 1 << 26;
const GO_FIFO = 1 << 25;
const GO_SOCKET = 1 << 24;
const GO_SETUID = 1 << 23;
const GO_SETGID = 1 << 22;
const GO_CHARACTER_DEVICE = 1 << 21;
const GO_STICKY = 1 << 20;

export const { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } = constants;

const specialBits = [
  [GO_SETUID, 0o4000],
  [GO_SETGID, 0o2000],
  [GO_STICKY, 0o1000],
] as const;

const fileTypes = [
  [GO_DIRECTORY, S_IFDIR],
  [GO_SYMLINK, S_IFLNK],
  [GO_DEVICE + GO_CHARACTER_DEVICE, S_IFCHR],
  [GO_DEVICE, S_IFBLK],
  [GO_FIFO, S_IFIFO],
  [GO_SOCKET, constants.S_IFSOCK],
] as const;

/** Bits beyond 31 are not used, but the sign would matter: `&` works on signed 32-bit integers. */
const has = (mode: number, bits: number): boolean => (mode & bits) >>> 0 === bits;

/** st_mode of a Go file mode. */
export function modeOfGo(mode: number): number {
  const type = fileTypes.find(([bits]) => has(mode, bits))?.[1] ?? S_IFREG;
  return specialBits.reduce((sum, [go, unix]) => (has(mode, go) ? sum | unix : sum), type | (mode & 0o777));
}

/** The Go file mode of st_mode. */
export function goOfMode(mode: number): number {
  const type = fileTypes.find(([, unix]) => unix === (mode & S_IFMT))?.[0] ?? 0;
  return specialBits.reduce((sum, [go, unix]) => ((mode & unix) === 0 ? sum : sum + go), type + (mode & 0o777));
}
