// The build contexts of the compared Dockerfiles: files of every type, with fixed modification times.
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { archiveOf } from "../../../support/archive.ts";
import type { Case, Change } from "./dockerfiles.ts";

/** Modification time of every file of a context, in seconds since 1970. */
const MODIFIED = 1_600_000_000;

/** Fills an empty directory with the case's Dockerfile and files of every type. */
export function fillContext(directory: string, { dockerfile, files = {} }: Case): void {
  const write = (path: string, content: string | Uint8Array, mode = 0o644): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
    chmodSync(join(directory, path), mode);
  };
  write("Dockerfile", dockerfile);
  write("plain.txt", "plain\n");
  write("private", "private\n", 0o600);
  write("program.sh", "#!/bin/sh\necho program\n", 0o755);
  write("odd mode", "odd\n", 0o4751);
  write("tree/a.txt", "a\n");
  write("tree/b.log", "b\n");
  write("tree/below/c.txt", "c\n");
  write("tree/below/deeper/d.txt", "d\n", 0o640);
  write("tree/.hidden", "hidden\n");
  mkdirSync(join(directory, "empty"));
  chmodSync(join(directory, "empty"), 0o1777);
  chmodSync(join(directory, "tree/below"), 0o750);
  symlinkSync("a.txt", join(directory, "tree/link"));
  symlinkSync("nowhere", join(directory, "tree/dangling"));
  symlinkSync("tree", join(directory, "link-to-tree"));
  linkSync(join(directory, "tree/a.txt"), join(directory, "tree/same-as-a"));
  write(
    "archive.tar",
    archiveOf([
      { name: "packed/", type: "directory", mode: 0o755 },
      { name: "packed/file", content: "packed\n", mode: 0o640, uid: 17, gid: 18 },
      { name: "packed/link", type: "symlink", linkName: "file" },
    ]),
  );
  for (const [path, content] of Object.entries(files)) write(path, content);
  setTimes(directory, [...new Bun.Glob("**/*").scanSync({ cwd: directory, dot: true, onlyFiles: true })]);
}

function setTimes(directory: string, paths: readonly string[], seconds = MODIFIED): void {
  for (const path of paths) utimesSync(join(directory, path), seconds, seconds);
}

export function applyChange(directory: string, { dockerfile, files = {}, touched = [], modes = {} }: Change): void {
  const written = { ...files, ...(dockerfile === undefined ? {} : { Dockerfile: dockerfile }) };
  for (const [path, content] of Object.entries(written)) writeFileSync(join(directory, path), content);
  setTimes(directory, Object.keys(written), MODIFIED + 60);
  setTimes(directory, touched, MODIFIED + 120);
  for (const [path, mode] of Object.entries(modes)) chmodSync(join(directory, path), mode);
}
