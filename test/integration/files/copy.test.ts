// cp, the archive API, export and diff: exact metadata, all kinds of targets, confined to the container.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { mountsWithin } from "../../../src/linux/mount-info.ts";
import { childrenOf } from "../../../src/linux/process.ts";
import { setXattr } from "../../../src/linux/xattr.ts";
import { archiveOf as archiveOfEntries } from "../../support/archive.ts";
import { eventually, mustRun as mustRunProgram } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
/** A directory of the host to copy from and to. */
let desk: string;

const SETUP = [
  "mkdir -p /a/b/c",
  "echo hi > /a/b/f",
  "ln -s b /a/link",
  "ln -s /a/b/f /a/flink",
  "ln -s /nope/x /a/broken",
  "ln -s ../../../../etc /a/up",
  "chown 1000:1001 /a/b/f",
  "chmod 4755 /a/b/f",
  "ln /a/b/f /a/b/hard",
  "mkfifo /a/b/pipe",
  "echo v > /volume/v",
];

async function mustRun(...argv: string[]): Promise<string> {
  const result = await daemon.docker(argv);
  expect(result).toMatchObject({ code: 0 });
  return result.stdout.trim();
}
const inside = (script: string) => mustRun("exec", "box", "sh", "-c", script);

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  desk = join(daemon.directory, "desk");
  mkdirSync(desk);
  const mounts = ["-v", "copied:/volume", "-v", "fixed:/fixed:ro", "--tmpfs", "/tmpfs"];
  await mustRun("run", "-d", "--name", "box", "--network", "none", ...mounts, "busybox", "sleep", "1000");
  await inside(SETUP.join("; "));
});
afterAll(() => daemon.dispose());

async function statOf(path: string, container = "box") {
  const answer = await daemon.request("HEAD", `/containers/${container}/archive?path=${encodeURIComponent(path)}`);
  const header = answer.headers.get("x-docker-container-path-stat");
  return header === null ? answer.status : JSON.parse(Buffer.from(header, "base64").toString());
}

async function names(path: string, container = "box"): Promise<string[]> {
  const answer = await daemon.request("GET", `/containers/${container}/archive?path=${encodeURIComponent(path)}`);
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.headers.get("content-type")).toBe("application/x-tar");
  const listing = await mustRunProgram(["tar", "-t"], { input: new Uint8Array(await answer.arrayBuffer()) });
  return listing.split("\n").filter(Boolean);
}

async function put(path: string, archive: Uint8Array, query = "", container = "box") {
  const target = `/containers/${container}/archive?path=${encodeURIComponent(path)}${query}`;
  const answer = await daemon.request("PUT", target, archive, { "Content-Type": "application/x-tar" });
  const text = await answer.text();
  return `${answer.status} ${text === "" ? "" : JSON.parse(text).message}`.trim();
}

/** An archive of the files in `directory`, made by tar. */
async function archiveOf(directory: string, ...options: string[]): Promise<Uint8Array> {
  const path = join(daemon.directory, "made.tar");
  await mustRunProgram(["tar", "-C", directory, ...options, "-cf", path, "."]);
  return new Uint8Array(readFileSync(path));
}

const GO_DIRECTORY = 2 ** 31;
const GO_LINK = 2 ** 27;
const GO_PIPE = 2 ** 25;
const GO_SET_UID = 2 ** 23;

describe("metadata of a path", () => {
  test.each<[string, object]>([
    ["/a/b", { name: "b", mode: GO_DIRECTORY + 0o755, linkTarget: "" }],
    ["/a/b/", { name: "b", mode: GO_DIRECTORY + 0o755 }],
    ["/a/b/.", { name: ".", mode: GO_DIRECTORY + 0o755 }],
    ["a//b/../b", { name: "b" }],
    ["/", { name: "/", mode: GO_DIRECTORY + 0o755 }],
    ["/a/b/f", { name: "f", size: 3, mode: GO_SET_UID + 0o755, linkTarget: "" }],
    ["/a/link", { name: "link", mode: GO_LINK + 0o777, linkTarget: "/a/b" }],
    ["/a/link/", { name: "link", mode: GO_DIRECTORY + 0o755, linkTarget: "" }],
    ["/a/broken", { name: "broken", linkTarget: "/nope/x" }],
    ["/a/up", { name: "up", linkTarget: "/etc" }],
    ["/a/up/passwd", { name: "passwd", linkTarget: "" }],
    ["/a/b/pipe", { name: "pipe", mode: GO_PIPE + 0o644 }],
    ["/volume/v", { name: "v", size: 2 }],
  ])("%s", async (path, expected) => {
    expect(await statOf(path)).toMatchObject(expected);
  });

  test.each<[string, number]>([
    ["/nope", 404],
    ["/a/b/f/", 400],
    ["", 400],
    // What only the kernel shows in a container is no file of it.
    ["/proc/1/status", 404],
    ["/dev/null", 404],
    ["/tmpfs/x", 404],
  ])("%j is %d", async (path, status) => {
    expect(await statOf(path)).toBe(status);
  });

  test("the words", async () => {
    const answer = await daemon.request("GET", "/containers/box/archive?path=/nope");
    expect(await answer.json()).toEqual({ message: "Could not find the file /nope in container box" });
  });
});

describe("out of a container", () => {
  test.each<[string, string[]]>([
    ["/a/b", ["b/", "b/c/", "b/f", "b/hard", "b/pipe"]],
    ["/a/b/.", ["./", "./c/", "./f", "./hard", "./pipe"]],
    ["/a/link", ["link"]],
    ["/a/link/", ["link/", "link/c/", "link/f", "link/hard", "link/pipe"]],
    ["/a/b/f", ["f"]],
    ["/volume", ["volume/", "volume/v"]],
  ])("%s", async (path, expected) => {
    expect(await names(path)).toEqual(expected);
  });

  test("owners, modes, times, links", async () => {
    await inside("touch -d '2001-02-03 04:05:06' /a/b/f");
    mkdirSync(join(desk, "out"));
    const answer = await daemon.request("GET", "/containers/box/archive?path=/a/b/.");
    const archive = new Uint8Array(await answer.arrayBuffer());
    await mustRunProgram(["tar", "-C", join(desk, "out"), "-xp", "--numeric-owner"], { input: archive });
    expect(statSync(join(desk, "out/f"))).toMatchObject({ uid: 1000, gid: 1001, mode: 0o104755, nlink: 2 });
    expect(statSync(join(desk, "out/f")).mtime.toISOString()).toBe("2001-02-03T04:05:06.000Z");
    expect(statSync(join(desk, "out/f")).ino).toBe(statSync(join(desk, "out/hard")).ino);
    expect(statSync(join(desk, "out/pipe")).isFIFO()).toBe(true);
  });

  test("-L follows the last link, inside the container", async () => {
    await mustRun("cp", "-L", "box:/a/flink", join(desk, "followed"));
    expect(readFileSync(join(desk, "followed"), "utf8")).toBe("hi\n");
    await mustRun("cp", "box:/a/flink", join(desk, "kept"));
    expect(lstatSync(join(desk, "kept")).isSymbolicLink()).toBe(true);
  });

  test("to standard output", async () => {
    const { stdout } = await daemon.docker(["cp", "box:/volume/v", "-"]);
    expect(stdout).toContain("ustar");
  });
});

test("copies engine-managed files as the container sees them and protects them from being replaced", async () => {
  for (const name of ["hosts", "hostname", "resolv.conf"]) {
    const shown = await inside(`cat /etc/${name}`);
    expect((await mustRun("cp", `box:/etc/${name}`, "-")).replaceAll("\0", "")).toContain(shown);
  }
  const before = await inside("cat /etc/hosts");
  const mine = join(desk, "mine");
  writeFileSync(mine, "1.2.3.4 mine");
  const refused = await daemon.docker(["cp", mine, "box:/etc/hosts"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("device or resource busy");
  expect(await inside("cat /etc/hosts")).toBe(before);
});

describe("into a container", () => {
  test("files, directories, new names; into volumes", async () => {
    mkdirSync(join(desk, "in/sub"), { recursive: true });
    writeFileSync(join(desk, "in/sub/x"), "x");
    symlinkSync("sub/x", join(desk, "in/l"));
    await mustRun("cp", join(desk, "in"), "box:/");
    await mustRun("cp", join(desk, "in"), "box:/renamed");
    await mustRun("cp", `${desk}/in/.`, "box:/volume");
    await mustRun("cp", join(desk, "in/sub/x"), "box:/in/y");
    expect(await inside("cd /; cat in/l renamed/l volume/l in/y")).toBe("xxxx");
    expect(readFileSync(join(daemon.dataRoot, "volumes/copied/_data/sub/x"), "utf8")).toBe("x");
  });

  test("owners, modes, times, attributes as the archive has them", async () => {
    const directory = join(desk, "exact");
    mkdirSync(directory);
    writeFileSync(join(directory, "f"), "f");
    setXattr(Buffer.from(join(directory, "f")), "user.note", Buffer.from("kept"));
    await mustRunProgram(["touch", "-d", "2001-02-03 04:05:06.789", join(directory, "f")]);
    await mustRunProgram(["chown", "12:34", join(directory, "f")]);
    await mustRunProgram(["chmod", "2751", join(directory, "f")]);
    expect(await put("/in", await archiveOf(directory, "--format=pax", "--xattrs"))).toBe("200");
    expect(await inside("stat -c '%a %u:%g' /in/f")).toBe("2751 12:34");
    const copied = join(desk, "exact.tar");
    const answer = await daemon.request("GET", "/containers/box/archive?path=/in/f");
    writeFileSync(copied, new Uint8Array(await answer.arrayBuffer()));
    const text = readFileSync(copied, "latin1");
    expect(text).toContain("SCHILY.xattr.user.note=kept");
    expect(text).toContain("mtime=981173106.789");
  });

  test.each(["-z", "--zstd"])("compressed with %s", async (option) => {
    const directory = join(desk, `compressed${option}`);
    mkdirSync(directory);
    writeFileSync(join(directory, "c"), option);
    expect(await put("/", await archiveOf(directory, option))).toBe("200");
    expect(await inside("cat /c")).toBe(option);
  });

  test("holes stay holes", async () => {
    const directory = join(desk, "holes");
    mkdirSync(directory);
    await mustRunProgram(["truncate", "-s", "50M", join(directory, "hole")]);
    expect(await put("/", await archiveOf(directory, "-S"))).toBe("200");
    expect(await inside("stat -c %s /hole; du -k /hole | cut -f1")).toBe(`${50 * 2 ** 20}\n0`);
  });

  test("optionally changes the owner to the container's user", async () => {
    await mustRun("create", "--name", "owned", "-u", "7:8", "--network", "none", "busybox");
    const archive = await archiveOf(join(desk, "exact"));
    expect(await put("/", archive, "&copyUIDGID=1", "owned")).toBe("200");
    expect(await put("/", archive, "&copyUIDGID=1")).toBe("200");
    const ownerOf = async (container: string) => {
      const listing = await mustRunProgram(["tar", "-tv", "--numeric-owner"], {
        input: new Uint8Array(
          await (await daemon.request("GET", `/containers/${container}/archive?path=/f`)).arrayBuffer(),
        ),
      });
      return listing.split(/\s+/)[1];
    };
    expect(await ownerOf("owned")).toBe("7/8");
    expect(await ownerOf("box")).toBe("12/34");
    await mustRun("rm", "owned");
  });

  test("errors in Docker's words", async () => {
    const directory = join(desk, "clash");
    mkdirSync(join(directory, "f"), { recursive: true });
    writeFileSync(join(directory, "b"), "");
    const archive = await archiveOf(directory);
    expect(await put("/nope", archive)).toBe("404 Could not find the file /nope in container box");
    expect(await put("/a/broken", archive)).toBe("404 Could not find the file /a/broken in container box");
    expect(await put("/a/b/f", archive)).toBe("400 extraction point is not a directory");
    expect(await put("/fixed", archive)).toBe("400 mounted volume is marked read-only");
    expect(await put("/a", archive, "&noOverwriteDirNonDir=1")).toBe(
      '500 cannot overwrite directory "/a/b" with non-directory "/a"',
    );
    expect(await put("/a/b", archive, "&noOverwriteDirNonDir=1")).toBe(
      '500 cannot overwrite non-directory "/a/b/f" with directory "/a/b"',
    );
    expect(await put("/", Buffer.from("garbage"))).toBe("500 unexpected EOF");
    expect(await put("/", Buffer.alloc(512, "garbage"))).toStartWith("500 archive/tar:");
    await mustRun("create", "--name", "frozen", "--read-only", "-v", "copied:/v", "--network", "none", "busybox");
    expect(await put("/", archive, "", "frozen")).toBe("400 container rootfs is marked read-only");
    expect(await put("/v", archive, "", "frozen")).toBe("200");
    await mustRun("rm", "frozen");
  });

  test("names and links in an archive cannot escape the container", async () => {
    const mark = join(daemon.directory, "mark");
    const evil = join(desk, "evil.tar");
    const program = [
      "import tarfile, io",
      `t = tarfile.open(${JSON.stringify(evil)}, 'w')`,
      "def link(name, target):",
      "  i = tarfile.TarInfo(name); i.type = tarfile.SYMTYPE; i.linkname = target; t.addfile(i)",
      "def file(name, data=b'x'):",
      "  i = tarfile.TarInfo(name); i.size = len(data); t.addfile(i, io.BytesIO(data))",
      `link('out', ${JSON.stringify(daemon.directory)})`,
      "file('out/mark')",
      `link('up', '../../../../../../../..${daemon.directory}')`,
      "file('up/mark')",
      `file(${JSON.stringify(mark)})`,
      "t.close()",
    ].join("\n");
    await mustRunProgram(["python3", "-c", program]);
    await put("/", new Uint8Array(readFileSync(evil)));
    expect(existsSync(mark)).toBe(false);
    expect(existsSync(mark)).toBe(false);
  });

  test("names and hard links that lead out of the target directory are refused", async () => {
    const before = await inside("ls /a /");
    expect(await put("/a/b", archiveOfEntries([{ name: "c/../../mark", content: "x" }]))).toBe(
      '500 "../mark" is outside of "/a/b"',
    );
    expect(await put("/a/b", archiveOfEntries([{ name: "l", type: "link", linkName: "../f" }]))).toBe(
      '500 invalid hardlink "/a/f" -> "../f"',
    );
    expect(await inside("ls /a /")).toBe(before);
    expect(await put("/", archiveOfEntries([{ name: "../kept", content: "x" }]))).toBe("200");
    expect(await inside("rm /kept && echo removed")).toBe("removed");
  });
});

describe("a container that does not run", () => {
  test("copies both ways, fills volumes first, and can be started afterwards", async () => {
    await mustRun(
      "create",
      "--name",
      "still",
      "--network",
      "none",
      "-v",
      "stillness:/etc",
      "busybox",
      "cat",
      "/etc/new",
    );
    writeFileSync(join(desk, "new"), "new");
    await mustRun("cp", join(desk, "new"), "still:/etc/new");
    expect(await names("/etc/passwd", "still")).toEqual(["passwd"]);
    expect(await mustRun("start", "-a", "still")).toBe("new");
    expect(await names("/etc/new", "still")).toEqual(["new"]);
    await mustRun("rm", "still");
  });

  test("an unread archive blocks nothing", async () => {
    await mustRun(
      "run",
      "--name",
      "waiting",
      "--network",
      "none",
      "busybox",
      "sh",
      "-c",
      "head -c 20m /dev/urandom > /big",
    );
    const answer = await daemon.request("GET", "/containers/waiting/archive?path=/big");
    await mustRun("start", "-a", "waiting");
    await mustRun("rm", "waiting");
    await answer.body?.cancel();
  });
});

test("kill -9 of the engine in the middle of a copy leaves nothing mounted and no worker", async () => {
  await mustRun("create", "--name", "halfway", "--network", "none", "-v", "halves:/v", "busybox", "true");
  const id = await mustRun("inspect", "-f", "{{.Id}}", "halfway");
  const directory = join(daemon.dataRoot, "containers", id);
  const { promise: never, resolve: goOn } = Promise.withResolvers<void>();
  const slow = async function* () {
    yield new Uint8Array(100);
    await never;
  };
  const copying = fetch("http://localhost/containers/halfway/archive?path=/v", {
    unix: daemon.socket,
    method: "PUT",
    body: slow(),
  }).catch(() => undefined);
  await eventually("the worker's mount", () => mountsWithin(directory).length > 0);
  await daemon.crashAndRestart();
  goOn();
  await copying;
  expect(mountsWithin(directory)).toEqual([]);
  const workers = await mustRunProgram(["ps", "-eo", "args"]);
  expect(workers.split("\n").filter((line) => line.includes("files-worker") && line.includes(id))).toEqual([]);
  await mustRun("start", "-a", "halfway");
  await mustRun("rm", "-v", "halfway");
});

test("export writes the root filesystem without its mounts", async () => {
  const path = join(desk, "export.tar");
  await mustRun("export", "-o", path, "box");
  const listing = (await mustRunProgram(["tar", "-tf", path])).split("\n");
  expect(listing).toContain("a/b/f");
  expect(listing).toContain("volume/");
  expect(listing).not.toContain("volume/v");
  expect(listing.some((name) => /^proc\/./.test(name))).toBe(false);
  expect(listing).toContain(".dockerenv");
});

test("diff", async () => {
  await mustRun("run", "--name", "changed", "--network", "none", "busybox", "true");
  expect(await mustRun("diff", "changed")).toBe("");
  await mustRun("rm", "changed");
  const script = [
    "touch /new",
    "mkdir -p /d/e",
    "rm /etc/group",
    "echo x >> /etc/passwd",
    "chmod 755 /root",
    "rm -r /bin",
    "touch /gone",
    "rm /gone",
  ].join("; busybox ");
  await mustRun(
    "run",
    "--name",
    "changed",
    "--network",
    "none",
    "busybox",
    "sh",
    "-c",
    `mkdir /sbin; cp /bin/busybox /sbin/busybox; PATH=/sbin; busybox ${script}`,
  );
  const lines = (await mustRun("diff", "changed")).split("\n");
  expect(lines).toEqual([
    "D /bin",
    "A /d",
    "A /d/e",
    "C /etc",
    "D /etc/group",
    "C /etc/passwd",
    "A /new",
    "C /root",
    "A /sbin",
    "A /sbin/busybox",
  ]);
  // A directory that replaces one of a layer below hides its content.
  await mustRun("commit", "changed", "changed-image");
  const replacing = ["rm -r /d", "mkdir -p /d/f", "rm /etc/passwd"]
    .map((words) => `/sbin/busybox ${words}`)
    .join(" && ");
  const argv = ["run", "--name", "replaced", "--network", "none", "changed-image", "/sbin/busybox", "sh", "-c"];
  await mustRun(...argv, replacing);
  expect((await mustRun("diff", "replaced")).split("\n")).toEqual([
    "C /d",
    "D /d/e",
    "A /d/f",
    "C /etc",
    "D /etc/passwd",
  ]);
  await mustRun("rm", "changed", "replaced");
  await mustRun("rmi", "changed-image");
});

test("events report copies", async () => {
  const since = String(Date.now() / 1000 - 0.001);
  await mustRun("cp", "box:/a/b/f", join(desk, "told"));
  await mustRun("cp", join(desk, "told"), "box:/told");
  await mustRun("export", "-o", join(desk, "told.tar"), "box");
  const until = String(Date.now() / 1000 + 0.001);
  const lines = await mustRun(
    "events",
    "-f",
    "container=box",
    "--since",
    since,
    "--until",
    until,
    "--format",
    "{{.Action}}",
  );
  expect(lines.split("\n")).toEqual(["archive-path", "extract-to-dir", "export"]);
});

test("stops the worker when the client disconnects", async () => {
  await inside("dd if=/dev/zero of=/big bs=1M count=4");
  const workers = () => childrenOf(daemon.pid).filter((pid) => commandLineOf(pid).includes("files-worker"));
  for (let round = 0; round < 5; round++) {
    const socket = connect(daemon.socket);
    socket.on("error", () => {});
    socket.write("GET /containers/box/archive?path=/big HTTP/1.1\r\nHost: x\r\n\r\n");
    await eventually("the worker", () => workers().length > 0);
    socket.destroy();
    await eventually("the worker to end", () => workers().length === 0);
  }
});

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
