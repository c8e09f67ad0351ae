// Options of tmpfs mounts for `--tmpfs` and `--mount type=tmpfs`.

import { BerthError } from "../../api/errors.ts";
import type { TmpfsMountRequest } from "../containers/configuration/mounts.ts";

/** Options and their opposites. */
const OPPOSITES: Readonly<Record<string, string>> = {
  ro: "rw",
  rw: "ro",
  suid: "nosuid",
  nosuid: "suid",
  dev: "nodev",
  nodev: "dev",
  exec: "noexec",
  noexec: "exec",
  sync: "async",
  async: "sync",
  atime: "noatime",
  noatime: "atime",
  diratime: "nodiratime",
  nodiratime: "diratime",
  relatime: "norelatime",
  norelatime: "relatime",
  strictatime: "nostrictatime",
  nostrictatime: "strictatime",
};
const PROPAGATIONS = new Set([
  "private",
  "rprivate",
  "shared",
  "rshared",
  "slave",
  "rslave",
  "unbindable",
  "runbindable",
]);
const SETTINGS = new Set(["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"]);
const DEFAULTS: readonly string[] = ["noexec", "nosuid", "nodev"];
const UNITS: readonly [string, number][] = [
  ["g", 1 << 30],
  ["m", 1 << 20],
  ["k", 1 << 10],
];

/**
 * The option list for "rw,size=64m": given options are appended to the defaults and replace contradicting ones.
 * @throws BerthError invalidParameter for an option that a tmpfs does not have.
 */
export function tmpfsOptions(text: string): string[] {
  const options = new Map(DEFAULTS.map((word) => [word, word]));
  for (const word of text.split(",").filter((part) => part !== "" && part !== "defaults")) {
    const [name = "", value] = word.split("=", 2);
    if (value !== undefined ? !SETTINGS.has(name) : !(name in OPPOSITES) && !PROPAGATIONS.has(name)) {
      throw new BerthError("invalidParameter", `invalid tmpfs option ["${word}"]`);
    }
    options.delete(OPPOSITES[name] ?? "");
    options.set(name, word);
  }
  return [...options.values()];
}

/** The same for a mount of its own. @throws BerthError invalidParameter */
export function tmpfsOptionsOfMount({ options, readOnly }: TmpfsMountRequest): string[] {
  const words = readOnly ? ["ro"] : [];
  if (options?.mode) words.push(`mode=${options.mode.toString(8)}`);
  if (options?.sizeBytes) words.push(`size=${sizeWord(options.sizeBytes)}`);
  for (const [name = "", value] of options?.options ?? []) {
    if (name !== "exec" && name !== "noexec") throw new BerthError("invalidParameter", `invalid option: ${name}`);
    words.push(value === undefined ? name : `${name}=${value}`);
  }
  return tmpfsOptions(words.join(","));
}

function sizeWord(bytes: number): string {
  const [unit, length] = UNITS.find(([, candidate]) => bytes % candidate === 0) ?? ["", 1];
  return `${bytes / length}${unit}`;
}
