// Splits an option string of mount(8), "ro,nosuid,addr=10.0.0.1", into the flags and data of mount(2).
import { MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_RDONLY, MS_REC, MS_SHARED } from "./mount.ts";

const MS_SYNCHRONOUS = 16;
const MS_DIRSYNC = 128;
const MS_NOATIME = 1024;
const MS_NODIRATIME = 2048;
const MS_SLAVE = 1 << 19;
const MS_RELATIME = 1 << 21;
const MS_STRICTATIME = 1 << 24;

const SET: Readonly<Record<string, number>> = {
  ro: MS_RDONLY,
  nosuid: MS_NOSUID,
  nodev: MS_NODEV,
  noexec: MS_NOEXEC,
  sync: MS_SYNCHRONOUS,
  dirsync: MS_DIRSYNC,
  noatime: MS_NOATIME,
  nodiratime: MS_NODIRATIME,
  relatime: MS_RELATIME,
  strictatime: MS_STRICTATIME,
  bind: MS_BIND,
  rbind: MS_BIND | MS_REC,
};

const CLEAR: Readonly<Record<string, number>> = {
  defaults: 0,
  rw: MS_RDONLY,
  suid: MS_NOSUID,
  dev: MS_NODEV,
  exec: MS_NOEXEC,
  async: MS_SYNCHRONOUS,
  atime: MS_NOATIME,
  diratime: MS_NODIRATIME,
  norelatime: MS_RELATIME,
  nostrictatime: MS_STRICTATIME,
};

const PROPAGATION: Readonly<Record<string, number>> = {
  private: MS_PRIVATE,
  rprivate: MS_PRIVATE | MS_REC,
  shared: MS_SHARED,
  rshared: MS_SHARED | MS_REC,
  slave: MS_SLAVE,
  rslave: MS_SLAVE | MS_REC,
};

export interface MountOptions {
  flags: number;
  /** Propagation flags, set by a second call; 0 for none. */
  propagation: number;
  /** The options of the file system itself. */
  data: string;
}

export function parseMountOptions(text: string): MountOptions {
  const parsed: MountOptions = { flags: 0, propagation: 0, data: "" };
  const data: string[] = [];
  for (const word of text.split(",").filter((part) => part !== "")) {
    const set = SET[word];
    const clear = CLEAR[word];
    const propagation = PROPAGATION[word];
    if (set !== undefined) parsed.flags |= set;
    else if (clear !== undefined) parsed.flags &= ~clear;
    else if (propagation !== undefined) parsed.propagation |= propagation;
    else data.push(word);
  }
  return { ...parsed, data: data.join(",") };
}
