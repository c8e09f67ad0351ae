// Volumes and mounts on a real engine: lifecycle, content, owners, crash recovery.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, mustRun as mustRunProgram } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { busyboxArchive } from "../../support/images.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  const archive = await busyboxArchive(async (root) => {
    mkdirSync(join(root, "data/sub"), { recursive: true });
    writeFileSync(join(root, "data/file"), "content");
    await mustRunProgram(["ln", join(root, "data/file"), join(root, "data/hard")]);
    await mustRunProgram(["ln", "-s", "file", join(root, "data/link")]);
    await mustRunProgram(["mkfifo", "-m", "600", join(root, "data/pipe")]);
    await mustRunProgram(["touch", "-d", "2001-02-03 04:05:06.789", join(root, "data/file")]);
    await mustRunProgram(["chown", "-R", "12:34", join(root, "data")]);
    await mustRunProgram(["chmod", "2750", join(root, "data")]);
    await mustRunProgram(["chmod", "4711", join(root, "data/file")]);
  });
  await daemon.importArchive("filled", archive, ["VOLUME /data", 'CMD ["sh"]']);
});
afterAll(() => daemon.dispose());

async function mustRun(...argv: string[]): Promise<string> {
  const result = await daemon.docker(argv);
  expect(result).toMatchObject({ code: 0 });
  return result.stdout.trim();
}

const inside = (options: string[], script: string, image = "busybox") =>
  mustRun("run", "--rm", "--network", "none", ...options, image, "sh", "-c", script);
const complaintOf = async (...argv: string[]) => (await daemon.docker(argv)).stderr.trim();
const directoryOf = (name: string) => join(daemon.dataRoot, "volumes", name, "_data");

describe("volume lifecycle", () => {
  test("create, list, inspect, remove", async () => {
    expect(await mustRun("volume", "create", "--label", "a=b", "first")).toBe("first");
    expect(await mustRun("volume", "create", "first")).toBe("first");
    expect(await mustRun("volume", "ls", "-q", "-f", "label=a=b")).toBe("first");
    expect(await mustRun("volume", "ls", "-q", "-f", "name=irs")).toBe("first");
    expect(await mustRun("volume", "ls", "-q", "-f", "label=a=c")).toBe("");
    const shown = JSON.parse(await mustRun("volume", "inspect", "first"));
    expect(shown).toEqual([
      {
        CreatedAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        Driver: "local",
        Labels: { a: "b" },
        Mountpoint: directoryOf("first"),
        Name: "first",
        Options: null,
        Scope: "local",
      },
    ]);
    expect(await mustRun("volume", "rm", "first")).toBe("first");
    expect(existsSync(directoryOf("first"))).toBe(false);
    expect(await complaintOf("volume", "rm", "first")).toContain("get first: no such volume");
    expect(await mustRun("volume", "rm", "-f", "first")).toBe("first");
  });

  test("fails while any container uses it", async () => {
    const id = await mustRun("create", "-v", "held:/x", "busybox");
    const complaint = await complaintOf("volume", "rm", "held");
    expect(complaint).toContain(`remove held: volume is in use - [${id}]`);
    expect(await mustRun("volume", "ls", "-q", "-f", "dangling=true")).not.toContain("held");
    await mustRun("rm", id);
    expect(await mustRun("volume", "ls", "-q", "-f", "dangling=true")).toContain("held");
    await mustRun("volume", "rm", "held");
  });

  test("rm -v, --rm and prune remove anonymous volumes but not named ones", async () => {
    const count = async () => (await mustRun("volume", "ls", "-q")).split("\n").filter(Boolean).length;
    const before = await count();
    await inside(["-v", "/anonymous"], "true");
    expect(await count()).toBe(before);
    const kept = await mustRun("create", "-v", "/anonymous", "-v", "named:/n", "busybox");
    await mustRun("rm", kept);
    expect(await count()).toBe(before + 2);
    expect(await mustRun("volume", "prune", "-f")).toContain("Total reclaimed space: 0B");
    expect(await count()).toBe(before + 1);
    const gone = await mustRun("create", "-v", "/anonymous", "busybox");
    await mustRun("rm", "-v", gone);
    expect(await count()).toBe(before + 1);
    await mustRun("volume", "prune", "-af");
    expect(await count()).toBe(0);
  });

  test("events", async () => {
    const since = String(Date.now() / 1000 - 0.001);
    await inside(["-v", "told:/x:ro"], "true");
    await mustRun("volume", "rm", "told");
    const format = "{{.Action}} {{json .Actor}}";
    const until = String(Date.now() / 1000 + 0.001);
    const lines = await mustRun("events", "-f", "type=volume", "--since", since, "--until", until, "--format", format);
    const told = lines.split("\n").map((line) => ({
      action: line.split(" ")[0],
      actor: JSON.parse(line.slice(line.indexOf(" ") + 1)),
    }));
    expect(told.map(({ action }) => action)).toEqual(["create", "mount", "unmount", "destroy"]);
    expect(told[1]?.actor).toMatchObject({
      ID: "told",
      Attributes: { destination: "/x", driver: "local", propagation: "", "read/write": "false" },
    });
  });
});

describe("content", () => {
  test("copies the image's content with all metadata to a new volume", async () => {
    const look =
      "cd /data; stat -c '%n %F %a %u:%g %h' . file hard link pipe sub; readlink link; cat hard; echo; stat -c %y file";
    const [first, second] = [await inside(["-v", "full:/data"], look, "filled"), await inside([], look, "filled")];
    expect(first).toBe(second);
    expect(first.split("\n")).toEqual([
      ". directory 2750 12:34 3",
      "file regular file 4711 12:34 2",
      "hard regular file 4711 12:34 2",
      "link symbolic link 777 12:34 1",
      "pipe fifo 600 12:34 1",
      "sub directory 755 12:34 2",
      "file",
      "content",
      // The image came as an archive of whole seconds.
      expect.stringContaining("2001-02-03 04:05:06.000"),
    ]);
  });

  test("copies to an empty directory of a volume that is mounted as a subpath", async () => {
    await inside(["-v", "whole:/w"], "mkdir -p /w/part");
    const mount = "type=volume,src=whole,dst=/data,volume-subpath=part";
    expect(await inside(["--mount", mount], "cat /data/file; stat -c ' %u:%g' /data", "filled")).toBe("content 12:34");
    expect(readdirSync(directoryOf("whole"))).toEqual(["part"]);
  });

  test("copies only once", async () => {
    const name = "once";
    await mustRun(
      "run",
      "--name",
      name,
      "--network",
      "none",
      "-v",
      "once:/data",
      "filled",
      "sh",
      "-c",
      "rm -r /data/*; true",
    );
    await mustRun("start", "-a", name);
    expect(readdirSync(directoryOf("once"))).toEqual([]);
    await mustRun("rm", name);
  });

  test("does not copy with nocopy, or to a volume with content", async () => {
    expect(await inside(["-v", "bare:/data:nocopy"], "ls /data", "filled")).toBe("");
    await inside(["-v", "own:/x"], "touch /x/mine");
    expect(await inside(["-v", "own:/data"], "ls /data", "filled")).toBe("mine");
  });

  test("applies owner and mode of an empty image directory", async () => {
    await inside(["-v", "shell:/data/sub"], "true", "filled");
    expect(statSync(directoryOf("shell"))).toMatchObject({ uid: 12, gid: 34 });
  });

  test("links in the image are confined to it", async () => {
    const archive = await busyboxArchive(async (root) => {
      await mustRunProgram(["ln", "-s", "/etc", join(root, "escape")]);
    });
    await daemon.importArchive("linked", archive, ['CMD ["sh"]']);
    await inside(["-v", "caught:/escape"], "true", "linked");
    expect(existsSync(join(directoryOf("caught"), "shadow"))).toBe(false);
  });
});

describe("mounts", () => {
  test("--volumes-from", async () => {
    await mustRun("create", "--name", "source", "-v", "shared:/a", "-v", `${daemon.directory}:/b:ro`, "busybox");
    await inside(["--volumes-from", "source"], "echo hello > /a/x");
    expect(await inside(["--volumes-from", "source:ro"], "cat /a/x; touch /a/y 2>&1; touch /b/y 2>&1; true")).toContain(
      "hello\ntouch: /a/y: Read-only file system\ntouch: /b/y: Read-only file system",
    );
    await mustRun("rm", "source");
  });

  test("a volume subpath is confined to the volume despite links", async () => {
    await inside(
      ["-v", "parts:/p"],
      "mkdir -p /p/one/two; echo part > /p/one/two/f; ln -s /etc /p/out; ln -s one /p/link; echo f > /p/file",
    );
    const part = (subpath: string) => ["--mount", `type=volume,src=parts,dst=/x,volume-subpath=${subpath}`];
    expect(await inside(part("one/two"), "cat /x/f")).toBe("part");
    expect(await inside(part("link/two"), "cat /x/f")).toBe("part");
    expect(await inside(part("file"), "cat /x")).toBe("f");
    const run = ["run", "--rm", "--network", "none"];
    expect(await complaintOf(...run, ...part("out"), "busybox", "true")).toContain(
      "path concatenation escapes the base directory",
    );
    expect(await complaintOf(...run, ...part("none"), "busybox", "true")).toContain("no such file or directory");
  });

  test("an image as a mount", async () => {
    const options = ["--mount", "type=image,src=filled,dst=/i"];
    expect(await inside(options, "cat /i/data/file; touch /i/x 2>&1; true")).toBe(
      "contenttouch: /i/x: Read-only file system",
    );
    expect(await inside(["--mount", "type=image,src=filled,dst=/i,image-subpath=data"], "cat /i/file")).toBe("content");
  });

  test("a tmpfs volume exists while a container uses it", async () => {
    await mustRun("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=64k,uid=7", "memory");
    expect(
      await inside(["-v", "memory:/m"], "stat -c %u /m; df -k /m | tail -1 | tr -s ' ' | cut -d' ' -f2; touch /m/x"),
    ).toBe("7\n64");
    expect(readdirSync(directoryOf("memory"))).toEqual([]);
    await mustRun("volume", "rm", "memory");
  });

  test("a bind volume keeps its directory when removed", async () => {
    const directory = join(daemon.directory, "bound");
    mkdirSync(directory);
    await mustRun("volume", "create", "-o", "type=none", "-o", `device=${directory}`, "-o", "o=bind", "bound");
    await inside(["-v", "bound:/b"], "echo kept > /b/f");
    await mustRun("volume", "rm", "bound");
    expect(readFileSync(join(directory, "f"), "utf8")).toBe("kept\n");
  });

  test("-v creates a missing directory, --mount does not, as in Docker", async () => {
    const missing = join(daemon.directory, "not/yet");
    const result = await daemon.docker([
      "run",
      "--rm",
      "--network",
      "none",
      "-v",
      `${missing}:/x`,
      "busybox",
      "ls",
      "/x",
    ]);
    expect(result).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(statSync(missing).isDirectory()).toBe(true);
    const mount = ["run", "--rm", "--mount", `type=bind,src=${missing}/never,dst=/x`, "busybox"];
    expect(await complaintOf(...mount)).toContain(`bind source path does not exist: ${missing}/never`);
  });

  test("a read-only bind is recursive", async () => {
    const directory = join(daemon.directory, "tree");
    mkdirSync(join(directory, "below"), { recursive: true });
    await mustRunProgram(["mount", "-t", "tmpfs", "tmpfs", join(directory, "below")]);
    try {
      const script = "touch /t/below/x 2>&1; true";
      expect(await inside(["-v", `${directory}:/t:ro`], script)).toContain("Read-only file system");
      const shallow = `type=bind,src=${directory},dst=/t,readonly,bind-recursive=writable`;
      expect(await inside(["--mount", shallow], script)).toBe("");
      const alone = `type=bind,src=${directory},dst=/t,bind-recursive=disabled`;
      expect(await inside(["--mount", alone], "ls /t/below")).toBe("");
    } finally {
      await mustRunProgram(["umount", join(directory, "below")]);
    }
  });

  test.each([
    ["file", "content\n"],
    ["pipe", ""],
    ["device", ""],
  ])("a bind of a %s, also read-only", async (kind, content) => {
    const path = join(daemon.directory, `bound-${kind}`);
    if (kind === "file") writeFileSync(path, content);
    if (kind === "pipe") await mustRunProgram(["mkfifo", path]);
    if (kind === "device") await mustRunProgram(["mknod", path, "c", "1", "3"]);
    const look = kind === "pipe" ? "test -p /in/place" : "cat /in/place";
    for (const options of [
      ["-v", `${path}:/in/place`],
      ["-v", `${path}:/in/place:ro`],
    ]) {
      expect(await inside(options, `${look} && grep -c " /in/place " /proc/mounts`)).toBe(`${content}1`);
    }
    const mount = `type=bind,src=${path},dst=/in/place,readonly`;
    expect(await inside(["--mount", mount], "touch /in/place 2>&1; true")).toContain("Read-only file system");
  });

  test("mount errors name the cause", async () => {
    const file = join(daemon.directory, "no-directory");
    writeFileSync(file, "");
    const wrongKind = await daemon.docker(["run", "--rm", "-v", `${file}:/etc`, "busybox", "true"]);
    expect(wrongKind.stderr).toContain("Are you trying to mount a directory onto a file (or vice-versa)?");
    for (const [options, message] of [
      [["-v", `${file}/x:/in`], `error while creating mount source path '${file}/x': mkdir ${file}/x: not a directory`],
      [["-v", "below-a-file:/etc/passwd/x"], "Not a directory: Are you trying to mount"],
      [["--device", `${file}/x`], `adding custom device "${file}/x": not a directory`],
    ] as const) {
      const refused = await daemon.docker(["run", "--rm", ...options, "busybox", "true"]);
      expect(refused.stderr).toContain(message);
      expect(refused.stderr).not.toMatch(/ENOTDIR|proc.self.fd/);
    }
    const options = ["-o", "type=none", "-o", "o=bind", "-o", "device=/nowhere"];
    await mustRun("volume", "create", ...options, "of-nothing");
    const missing = await daemon.docker(["run", "--rm", "-v", "of-nothing:/x", "busybox", "true"]);
    expect(missing.code).toBe(127);
    expect(missing.stderr).toMatch(/error while mounting volume '.*': failed to mount .*: no such file or directory/);
    await mustRun("volume", "rm", "of-nothing");
  });

  test("binds over single files of /proc, as LXCFS does", async () => {
    const path = join(daemon.directory, "uptime");
    writeFileSync(path, "1.00 1.00\n");
    expect(await inside(["-v", `${path}:/proc/uptime:ro`], "cat /proc/uptime")).toBe("1.00 1.00");
  });

  test("idmap=match-user: files created inside belong to the owner of the host's directory", async () => {
    const directory = join(daemon.directory, "project");
    mkdirSync(directory);
    writeFileSync(join(directory, "old"), "");
    await mustRunProgram(["chown", "-R", "4321:4321", directory]);
    const request = {
      Image: "busybox",
      Cmd: ["sh", "-c", "stat -c %u:%g /p /p/old; touch /p/new"],
      User: "1000:1000",
      HostConfig: {
        NetworkMode: "none",
        Mounts: [{ Type: "bind", Source: directory, Target: "/p", BindOptions: { IdMap: "match-user" } }],
      },
    };
    const answer = JSON.parse(JSON.stringify(await daemon.call("POST", "/containers/create", request)));
    expect(await mustRun("start", "-a", answer.Id)).toBe("1000:1000\n1000:1000");
    expect(statSync(join(directory, "new"))).toMatchObject({ uid: 4321, gid: 4321 });
    await mustRun("rm", answer.Id);
  });
});

describe("kill -9 of the engine", () => {
  test("running containers keep their mounts and volumes, released at exit", async () => {
    await mustRun("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "survivor");
    await inside(["-v", "parts:/p"], "mkdir -p /p/one");
    const part = "type=volume,src=parts,dst=/part,volume-subpath=one";
    const mounts = ["-v", "survivor:/s", "--mount", part, "--mount", "type=image,src=filled,dst=/i"];
    await mustRun("run", "-d", "--name", "lives", "--network", "none", ...mounts, "busybox", "sleep", "1000");
    await mustRun("exec", "lives", "sh", "-c", "echo on > /s/f");
    await daemon.crashAndRestart();
    expect(await mustRun("exec", "lives", "cat", "/s/f")).toBe("on");
    expect(await complaintOf("volume", "rm", "survivor")).toContain("volume is in use");
    expect(await inside(["-v", "survivor:/s"], "cat /s/f")).toBe("on");
    expect(await mustRun("exec", "lives", "cat", "/s/f")).toBe("on");
    await mustRun("rm", "-f", "lives");
    expect(readdirSync(directoryOf("survivor"))).toEqual([]);
    expect(readdirSync(join(daemon.execRoot, "mounts"))).toEqual([]);
    await mustRun("volume", "rm", "survivor");
  });

  test("a volume that was being filled from an image is filled completely by the next container", async () => {
    const archive = await busyboxArchive(async (root) => {
      mkdirSync(join(root, "many"));
      for (let number = 0; number < 5000; number++) writeFileSync(join(root, "many", `${number}`), "x");
    });
    await daemon.importArchive("many", archive);
    const started = daemon.docker(["run", "--rm", "--network", "none", "-v", "big:/many", "many", "true"]);
    await eventually("the fill to begin", () => existsSync(directoryOf("big")) && readdirSync(directoryOf("big"))[0]);
    await daemon.crashAndRestart();
    await started;
    expect(await inside(["-v", "big:/many"], "ls /many | wc -l", "many")).toBe("5000");
    expect(readdirSync(join(directoryOf("big"), ".."))).toEqual(["_data"]);
  });

  test("deletes an orphaned empty volume directory, keeps one with content", async () => {
    const volumes = join(daemon.dataRoot, "volumes");
    mkdirSync(join(volumes, "half/_data"), { recursive: true });
    mkdirSync(join(volumes, "precious/_data"), { recursive: true });
    writeFileSync(join(volumes, "precious/_data/file"), "");
    await daemon.crashAndRestart();
    expect(existsSync(join(volumes, "half"))).toBe(false);
    expect(existsSync(join(volumes, "precious/_data/file"))).toBe(true);
    expect(daemon.log).toContain("unknown directory in the volumes directory");
  });
});

describe("binds of directories with mounts below", () => {
  let directory: string;

  beforeAll(async () => {
    directory = join(daemon.directory, "with-mounts");
    mkdirSync(join(directory, "sub"), { recursive: true });
    await mustRunProgram(["mount", "-t", "tmpfs", "tmpfs", join(directory, "sub")]);
  });
  afterAll(() => mustRunProgram(["umount", join(directory, "sub")]));

  /** Whether the mount below can be written to in a container that an API client of this version makes. */
  async function isWritableBelow(version: string, hostConfig: object): Promise<boolean> {
    const config = { Image: "busybox", Cmd: ["touch", "/a/sub/x"], HostConfig: { NetworkMode: "none", ...hostConfig } };
    const { Id } = await post(`/${version}/containers/create`, config);
    await post(`/${version}/containers/${Id}/start`);
    const { StatusCode } = await post(`/${version}/containers/${Id}/wait`);
    return StatusCode === 0;
  }

  const post = async (path: string, body?: unknown) => {
    const answer = await daemon.request("POST", path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(JSON.parse(text).message);
    return text === "" ? {} : JSON.parse(text);
  };

  const mount = (BindOptions: object, ReadOnly = true) => ({
    Mounts: [{ Type: "bind", Source: directory, Target: "/a", ReadOnly, BindOptions }],
  });

  test.each<[string, string, () => object, boolean]>([
    ["v1.44", "-v", () => ({ Binds: [`${directory}:/a:ro`] }), false],
    ["v1.43", "-v", () => ({ Binds: [`${directory}:/a:ro`] }), true],
    ["v1.44", "--mount", () => mount({}), false],
    ["v1.43", "--mount", () => mount({}), true],
    ["v1.44", "ReadOnlyNonRecursive", () => mount({ ReadOnlyNonRecursive: true }), true],
    ["v1.44", "ReadOnlyForceRecursive", () => mount({ ReadOnlyForceRecursive: true }), false],
  ])("read-only by API %s and %s", async (version, _option, hostConfig, expected) => {
    expect(await isWritableBelow(version, hostConfig())).toBe(expected);
  });

  test.each([
    [{ ReadOnlyNonRecursive: true }, false, "!ReadOnly && BindOptions.ReadOnlyNonRecursive"],
    [{ ReadOnlyForceRecursive: true }, false, "!ReadOnly && BindOptions.ReadOnlyForceRecursive"],
    [
      { ReadOnlyNonRecursive: true, ReadOnlyForceRecursive: true },
      true,
      "ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive",
    ],
  ])("%j with ReadOnly %p does not start", async (options, readOnly, words) => {
    await expect(isWritableBelow("v1.44", mount(options, readOnly))).rejects.toThrow(
      `mount options conflict: ${words}`,
    );
  });
});

// A mount namespace like a host's, whose mounts are shared.
const onSharedHost = ["unshare", "--mount", "sh", "-c", 'mount --make-rshared / && exec "$@"', "sh"];

test.each([
  ["the data root", (dataRoot: string) => dataRoot],
  ["the host's root", () => "/"],
])("a bind of %s does not block unmounting other containers", async (_, sourceOf) => {
  await using shared = await startDaemon({ dataRootSize: "64m", prefix: onSharedHost });
  await shared.importBusybox();
  const source = sourceOf(shared.dataRoot);
  const run = async (...argv: string[]) => {
    const { code, stdout, stderr } = await shared.docker(argv);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const other = await run("run", "-d", "--network", "none", "busybox", "sleep", "1000");
  const holder = await run("run", "-d", "--network", "none", "-v", `${source}:/host`, "busybox", "sleep", "1000");
  const mountsInHolder = () => run("exec", holder, "cat", "/proc/self/mountinfo");
  expect(await run("inspect", "-f", "{{(index .Mounts 0).Propagation}}", holder)).toBe("rslave");
  expect(await mountsInHolder()).toContain(`/containers/${other}/rootfs`);
  await run("rm", "-f", other);
  expect(await mountsInHolder()).not.toContain(other);
});
