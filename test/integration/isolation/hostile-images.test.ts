// Malicious images: links where the engine writes, forbidden mount points, devices and set-uid files in layers, endless
// files.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

async function image(name: string, change: (root: string) => Promise<unknown>, changes: string[] = []): Promise<void> {
  const archive = await busyboxArchive(async (root) => void (await change(root)));
  await daemon.importArchive(name, archive, ['CMD ["sh"]', ...changes]);
}

function expectHostUntouched(): void {
  expect(readdirSync(host)).toEqual(["secret"]);
  expect(readFileSync(join(host, "secret"), "utf8")).toBe(SECRET);
}

test.each(["hosts", "hostname", "resolv.conf"])("/etc/%s as a link to a file of the host", async (name) => {
  await image(`linked-${name}`, async (root) => {
    await mustRunProgram(["rm", "-f", join(root, "etc", name)]);
    await mustRunProgram(["ln", "-s", join(host, "secret"), join(root, "etc", name)]);
  });
  const script = `cat /etc/${name}; echo written > /etc/${name}; echo written > ${host}/secret`;
  const { stdout } = await run(`linked-${name}`, "sh", "-c", script);
  expect(stdout).not.toContain(SECRET);
  await daemon.docker(["create", "--name", `of-${name}`, `linked-${name}`]);
  expect((await daemon.docker(["cp", `of-${name}:/etc/${name}`, "-"])).stdout).not.toContain(SECRET);
  expectHostUntouched();
});

test("working directory, user's home and health check behind links to the host", async () => {
  const change = async (root: string) => {
    await mustRunProgram(["ln", "-s", host, join(root, "work")]);
    writeFileSync(join(root, "etc/passwd"), `root:x:0:0::${host}:/bin/sh\nguest:x:7:7::/work:/bin/sh\n`);
  };
  await image("linked-home", change, ["WORKDIR /work/deep/er", "USER guest"]);
  const { stdout } = await run("linked-home", "sh", "-c", "pwd; cat ~/secret; ls -a ~ .");
  expect(stdout).not.toContain("secret");
  await run("-w", "/work/other", "-u", "root", "linked-home", "sh", "-c", "echo x > ~/written; touch here");
  expectHostUntouched();
});

describe("mounts declared by an image", () => {
  test.each([
    ["/proc", "not of type proc"],
    ["/proc/sys/kernel", "inside /proc"],
    ["/proc/self/attr", "inside /proc"],
    ["/to-proc", "not of type proc"],
    ["/to-kernel", "inside /proc"],
    ["/to-kernel/further", "inside /proc"],
    ["/bin/../proc/keys", "inside /proc"],
  ])("at %s (CVE-2019-16884, CVE-2025-52881)", async (place, why) => {
    const change = async (root: string) => {
      await mustRunProgram(["ln", "-s", "proc", join(root, "to-proc")]);
      await mustRunProgram(["ln", "-s", "to-proc/sys/kernel", join(root, "to-kernel")]);
    };
    await image("on-proc", change, [`VOLUME ${place}`]);
    const { code, stderr } = await run("on-proc", "true");
    expect(code).not.toBe(0);
    expect(stderr).toContain(`cannot be mounted because it is ${why}`);
  });

  test("rejects a tmpfs or bind on /proc, except the host's /proc", async () => {
    for (const options of [
      ["--tmpfs", "/proc/x"],
      ["-v", "/tmp:/proc/sys"],
      ["--mount", "type=tmpfs,dst=/proc"],
    ]) {
      expect((await run(...options, "busybox", "true")).stderr).toContain("cannot be mounted because it is");
    }
    expect(await run("-v", "/proc:/proc", "busybox", "cat", "/proc/1/comm")).toMatchObject({ code: 0 });
  });

  test("/dev full of links: the host's devices stay unchanged", async () => {
    const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    const change = async (root: string) => {
      for (const [name, target] of [
        ["null", "/proc/sys/kernel/core_pattern"],
        ["console", join(host, "secret")],
        ["pts", host],
        ["shm", host],
      ] as const) {
        await mustRunProgram(["rm", "-rf", join(root, "dev", name)]);
        await mustRunProgram(["ln", "-s", target, join(root, "dev", name)]);
      }
    };
    await image("on-dev", change, ["VOLUME /dev"]);
    await run("on-dev", "sh", "-c", "echo '|/x' > /dev/null; echo x > /dev/console; echo x > /dev/pts/written");
    await run("-t", "on-dev", "sh", "-c", "echo x > /dev/console; echo x > /dev/shm/written");
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(pattern);
    expectHostUntouched();
  });
});

test("devices in an image or on mounts cannot be opened", async () => {
  await image("with-devices", async (root) => {
    const nodes: [name: string, type: string, major: string, minor: string][] = [
      ["disk", "b", "254", "0"],
      ["sda", "b", "8", "0"],
      ["memory", "c", "1", "1"],
      ["port", "c", "1", "4"],
      ["kmsg", "c", "1", "11"],
    ];
    for (const [name, ...rest] of nodes) await mustRunProgram(["mknod", "-m", "666", join(root, name), ...rest]);
  });
  for (const name of ["disk", "sda", "memory", "port", "kmsg"]) {
    const { stdout, stderr, code } = await run("with-devices", "dd", `if=/${name}`, "bs=16", "count=1");
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("Operation not permitted");
  }
});

test("exec user lookup does not block on a FIFO in the container", async () => {
  const made = await daemon.docker([
    "run",
    "-d",
    "--name",
    "changing",
    "--network",
    "none",
    "busybox",
    "sleep",
    "1000",
  ]);
  expect(made.code).toBe(0);
  const become = (script: string) => daemon.docker(["exec", "changing", "sh", "-c", script]);
  const asGuest = () => daemon.docker(["exec", "-u", "guest:guests", "changing", "id"]);
  for (const script of [
    "rm /etc/passwd; mkfifo /etc/passwd",
    `rm /etc/passwd; ln -s ${host}/secret /etc/passwd`,
    "rm /etc/passwd; ln -s /dev/zero /etc/passwd",
    "rm /etc/passwd; mkdir /etc/passwd",
    "rmdir /etc/passwd; ln -s /proc/self/fd/0 /etc/passwd",
  ]) {
    expect(await become(script)).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await asGuest();
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("unable to find user guest");
  }
  // What runs in it is the container's own business, replaced or not; the engine's programs are not taken from there.
  expect(await become("cp /bin/true /tmp/t; mount; rm -rf /lib /usr/lib; true")).toMatchObject({ code: 0 });
  expect((await daemon.docker(["exec", "changing", "cat", "/etc/hostname"])).code).toBe(0);
  await daemon.docker(["rm", "-f", "changing"]);
});

test("a copy into /dev or /proc writes to the root filesystem only", async () => {
  const before = readFileSync("/proc/sys/kernel/hostname", "utf8");
  await daemon.docker(["run", "-d", "--name", "target", "--network", "none", "busybox", "sleep", "1000"]);
  const file = join(daemon.directory, "hostname");
  writeFileSync(file, "taken over");
  await daemon.docker(["cp", file, "target:/proc/sys/kernel/hostname"]);
  await daemon.docker(["cp", file, "target:/proc/hostname"]);
  await daemon.docker(["cp", file, "target:/dev/null"]);
  expect(readFileSync("/proc/sys/kernel/hostname", "utf8")).toBe(before);
  const { stdout } = await daemon.docker([
    "exec",
    "target",
    "sh",
    "-c",
    "cat /dev/null; cat /proc/sys/kernel/hostname",
  ]);
  expect(stdout).not.toContain("taken over");
  await daemon.docker(["rm", "-f", "target"]);
});
