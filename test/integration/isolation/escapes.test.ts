// Known container escapes, each reproduced as far as possible without a debugger; docs/security.md lists all of them,
// with the protection against the remaining ones.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountsWithin } from "../../../src/linux/mount-info.ts";
import { mustRun as mustRunProgram } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { busyboxArchive } from "../../support/images.ts";

let daemon: TestDaemon;
/** A directory of the host with a file that no container may see or change. */
let host: string;
const SECRET = "OF THE HOST";

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  host = join(daemon.directory, "host");
  mkdirSync(host);
  writeFileSync(join(host, "secret"), SECRET);
});
afterAll(() => daemon.dispose());

const run = (...argv: string[]) => daemon.docker(["run", "--rm", "--network", "none", ...argv]);

async function image(name: string, change: (root: string) => Promise<void>): Promise<void> {
  await daemon.importArchive(name, await busyboxArchive(change), ['CMD ["sh"]']);
}

test("CVE-2019-5736: the runtime's executable is not writable through /proc", async () => {
  const runtime = Bun.which("crun") ?? "";
  const before = Bun.hash(readFileSync(runtime));
  const script = "while :; do for p in /proc/[0-9]*; do (exec 3>>$p/exe) 2>/dev/null; done; done";
  await daemon.docker(["run", "-d", "--name", "writer", "--network", "none", "busybox", "sh", "-c", script]);
  for (let attempt = 0; attempt < 10; attempt++) await daemon.docker(["exec", "writer", "/proc/self/exe", "--version"]);
  await run("busybox", "/proc/self/exe", "--version");
  await daemon.docker(["rm", "-f", "writer"]);
  expect(Bun.hash(readFileSync(runtime))).toBe(before);
});

test("CVE-2024-21626: no descriptor of the host leaks into the working directory", async () => {
  for (const number of [3, 5, 7, 8, 9, 10, 12, 15]) {
    const path = `/proc/self/fd/${number}`;
    const { stdout } = await run(
      "-w",
      path,
      "busybox",
      "sh",
      "-c",
      `cat ../../../../../../../../..${host}/secret; ls -a .`,
    );
    expect(stdout).not.toContain(SECRET);
  }
});

describe("links in an image at the runtime's mount points", () => {
  test.each(["proc", "sys", "dev"])("/%s (CVE-2019-19921, CVE-2023-27561, CVE-2026-41579)", async (name) => {
    await image(`linked-${name}`, async (root) => {
      await mustRunProgram(["rm", "-rf", join(root, name)]);
      await mustRunProgram(["ln", "-s", host, join(root, name)]);
    });
    const before = readdirSync(host);
    const { stdout } = await run(
      `linked-${name}`,
      "sh",
      "-c",
      `cat /${name}/secret; echo x > /${name}/written; ls /proc/1 2>&1`,
    );
    expect(stdout).not.toContain(SECRET);
    expect(readdirSync(host)).toEqual(before);
  });

  test("/etc, with the engine's files", async () => {
    await image("linked-etc", async (root) => {
      await mustRunProgram(["rm", "-rf", join(root, "etc")]);
      await mustRunProgram(["ln", "-s", host, join(root, "etc")]);
    });
    const before = readdirSync(host);
    await run("linked-etc", "cat", "/etc/hosts");
    expect(readdirSync(host)).toEqual(before);
  });

  test("a working directory", async () => {
    await image("linked-work", async (root) => {
      await mustRunProgram(["ln", "-s", host, join(root, "work")]);
    });
    await run("-w", "/work/made", "linked-work", "true");
    expect(existsSync(join(host, "made"))).toBe(false);
  });

  test("the mount point of a volume (CVE-2017-1002101)", async () => {
    await image("linked-volume", async (root) => {
      await mustRunProgram(["ln", "-s", host, join(root, "v")]);
    });
    const { stdout } = await run("-v", "placed:/v", "linked-volume", "sh", "-c", "ls -A /v; echo x > /v/written");
    expect(stdout).not.toContain("secret");
    expect(readdirSync(host)).toEqual(["secret"]);
  });
});

test("CVE-2021-30465: mounts in a volume while another container swaps a link into it", async () => {
  const swap = `mkdir -p /v/sub; while :; do mv /v/sub /v/old; ln -s ${host} /v/sub; rm -f /v/sub; mv /v/old /v/sub; done 2>/dev/null`;
  await daemon.docker([
    "run",
    "-d",
    "--name",
    "swapper",
    "--network",
    "none",
    "-v",
    "swapped:/v",
    "busybox",
    "sh",
    "-c",
    swap,
  ]);
  const mounts = ["-v", "swapped:/v", "-v", "below:/v/sub", "--tmpfs", "/v/sub/deeper"];
  for (let attempt = 0; attempt < 15; attempt++) {
    const { stdout } = await run(...mounts, "busybox", "sh", "-c", "cat /v/sub/secret; echo x > /v/sub/written");
    expect(stdout).not.toContain(SECRET);
  }
  await daemon.docker(["rm", "-f", "swapper"]);
  expect(readdirSync(host)).toEqual(["secret"]);
  expect(mountsWithin(host)).toEqual([]);
});

test("CVE-2022-0492: a cgroup's release_agent is inaccessible", async () => {
  const script =
    "mkdir /tmp/c; mount -t cgroup -o memory cgroup /tmp/c; mount -t cgroup2 none /tmp/c; unshare -UrmC true; find /sys/fs/cgroup -name release_agent -writable";
  expect((await run("busybox", "sh", "-c", script)).stdout.trim()).toBe("");
});

test("CVE-2020-15257: the engine and its monitors have no abstract sockets, reachable with host networking", async () => {
  await daemon.docker(["run", "-d", "--name", "near", "--network", "host", "busybox", "sleep", "100"]);
  const { stdout } = await daemon.docker(["exec", "near", "cat", "/proc/net/unix"]);
  expect(stdout.split("\n").filter((line) => /@.*(berth|conmon|crun)/.test(line))).toEqual([]);
  await daemon.docker(["rm", "-f", "near"]);
});

test("CVE-2022-24769, CVE-2022-36109: no inheritable capabilities, and the primary group is not lost", async () => {
  const { stdout } = await run("-u", "1000:1000", "busybox", "sh", "-c", "id; grep CapInh /proc/self/status");
  expect(stdout).toContain("uid=1000 gid=1000 groups=1000\n");
  expect(stdout).toContain("0000000000000000");
});

test("CVE-2021-41091: other host users cannot access the files of containers and volumes", async () => {
  const places = [
    "--mount",
    "type=volume,src=held,dst=/y,volume-subpath=part",
    "--mount",
    "type=image,src=busybox,dst=/i",
  ];
  await run(
    "-v",
    "held:/x",
    "busybox",
    "sh",
    "-c",
    "mkdir /x/part; cp /bin/busybox /x/part; chmod 4755 /x/part/busybox",
  );
  const made = await daemon.docker([
    "run",
    "-d",
    "--name",
    "holds",
    "--network",
    "none",
    ...places,
    "busybox",
    "sleep",
    "100",
  ]);
  expect(made).toMatchObject({ code: 0 });
  const id = made.stdout.trim();
  const roots = [daemon.dataRoot, join(daemon.execRoot, "mounts"), join(daemon.execRoot, "containers", id)];
  for (const path of roots) expect([path, statSync(path).mode & 0o007]).toEqual([path, 0]);
  expect(readdirSync(join(daemon.execRoot, "mounts", id)).length).toBe(2);
  await daemon.docker(["rm", "-f", "holds"]);
});

test.each(["pipe", "device", "endless link", "huge file"])(
  "CVE-2024-9676: /etc/passwd of an image may be a %s, the engine goes on",
  async (kind) => {
    const name = `passwd-${kind.replace(" ", "-")}`;
    await image(name, async (root) => {
      const path = join(root, "etc/passwd");
      await mustRunProgram(["rm", path]);
      if (kind === "pipe") await mustRunProgram(["mkfifo", path]);
      if (kind === "device") await mustRunProgram(["mknod", path, "c", "1", "5"]);
      if (kind === "endless link") await mustRunProgram(["ln", "-s", "passwd", path]);
      if (kind === "huge file") await mustRunProgram(["truncate", "-s", "40M", path]);
    });
    const { stderr, code } = await run("-u", "someone", name, "true");
    expect(code).not.toBe(0);
    expect(stderr).toContain("unable to find user someone: no matching entries in passwd file");
  },
);

test("CVE-2016-9962: a container cannot trace a process that enters it", async () => {
  const script = "while :; do for p in /proc/[0-9]*; do ls $p/fd/ >/dev/null; cat $p/environ; done; done 2>/dev/null";
  await daemon.docker([
    "run",
    "-d",
    "--name",
    "watcher",
    "--network",
    "none",
    "busybox",
    "sh",
    "-c",
    `${script} > /seen`,
  ]);
  for (let attempt = 0; attempt < 5; attempt++) await daemon.docker(["exec", "watcher", "true"]);
  const { stdout } = await daemon.docker(["exec", "watcher", "sh", "-c", `grep -c ${daemon.dataRoot} /seen`]);
  expect(stdout.trim()).toBe("0");
  await daemon.docker(["rm", "-f", "watcher"]);
});
