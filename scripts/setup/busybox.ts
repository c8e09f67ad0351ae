// Creates an image without a registry: a root filesystem with the machine's busybox-static as a tar archive.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../step.ts";

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

const passwd = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;
const group = "root:x:0:\ndaemon:x:1:\nwheel:x:10:root\nnogroup:x:65534:\n";

/** Busybox, a link for each applet and the usual files in /etc; `extra` may add files before packing. */
export async function busyboxArchive(extra?: (root: string) => Promise<void>): Promise<Uint8Array<ArrayBuffer>> {
  const directory = mkdtempSync(join(tmpdir(), "berth-image-"));
  try {
    const root = join(directory, "root");
    await fill(root);
    await extra?.(root);
    const archive = join(directory, "root.tar");
    await must(["tar", "--create", "--numeric-owner", "--file", archive, "--directory", root, "."]);
    return await Bun.file(archive).bytes();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function fill(root: string): Promise<void> {
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  chmodSync(join(root, "root"), 0o700);
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of (await must(["/bin/busybox", "--list"])).split("\n")) {
    if (applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  }
  writeFileSync(join(root, "etc/passwd"), passwd);
  writeFileSync(join(root, "etc/group"), group);
}
