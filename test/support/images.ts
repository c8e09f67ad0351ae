// Root file systems for test images, made of the machine's own packages, as tar archives.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { mustRun } from "./command.ts";

const directories = [
  "bin",
  "dev",
  "etc",
  "home",
  "proc",
  "root",
  "run",
  "sys",
  "tmp",
  "usr/bin",
  "usr/sbin",
  "var/tmp",
];

let busybox: Promise<Uint8Array> | undefined;

/** A tar archive with busybox, a link for each of its applets and the usual files of /etc. Made once a process. */
export function busyboxArchive(): Promise<Uint8Array> {
  busybox ??= archiveOf(async (root) => fillWithBusybox(root));
  return busybox;
}

/** As {@link busyboxArchive}, with more put in: `extra` gets the root directory before it is packed. */
export function busyboxArchiveWith(extra: (root: string) => void | Promise<void>): Promise<Uint8Array> {
  return archiveOf(async (root) => {
    await fillWithBusybox(root);
    await extra(root);
  });
}

/**
 * A tar archive with busybox and `redis-server` and `redis-cli` of Debian's redis-tools package, which holds both
 * (the server's own package only adds a link and a service). Throws when it is not installed.
 */
export function redisArchive(): Promise<Uint8Array> {
  return busyboxArchiveWith(async (root) => {
    await copyProgram("/usr/bin/redis-check-rdb", join(root, "usr/bin/redis-server"), root);
    await copyProgram("/usr/bin/redis-cli", join(root, "usr/bin/redis-cli"), root);
  });
}

async function archiveOf(fill: (root: string) => Promise<void>): Promise<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), "berth-image-"));
  try {
    const root = join(directory, "root");
    mkdirSync(root);
    await fill(root);
    const archive = join(directory, "root.tar");
    await mustRun(["tar", "--create", "--numeric-owner", "--file", archive, "--directory", root, "."]);
    return await Bun.file(archive).bytes();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function fillWithBusybox(root: string): Promise<void> {
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  chmodSync(join(root, "root"), 0o700);
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  const applets = (await mustRun(["/bin/busybox", "--list"]))
    .split("\n")
    .filter((name) => name !== "" && name !== "busybox");
  for (const name of applets) symlinkSync("busybox", join(root, "bin", name));
  writeFileSync(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\n",
  );
  writeFileSync(join(root, "etc/group"), "root:x:0:\ndaemon:x:1:\nwheel:x:10:root\nnogroup:x:65534:\n");
}

/** Copies a program and the shared libraries it is linked with to where it looks for them. */
async function copyProgram(source: string, target: string, root: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
  chmodSync(target, 0o755);
  const linked = await mustRun(["ldd", source]);
  for (const path of linked.match(/\/\S+/g) ?? []) {
    if (basename(path).startsWith("linux-vdso") || existsSync(join(root, path))) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(path, join(root, path));
    chmodSync(join(root, path), 0o755);
  }
}
