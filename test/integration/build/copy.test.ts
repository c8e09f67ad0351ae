// COPY and ADD: destinations, owners, metadata; and malicious contexts.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { archiveOf, type Entry } from "../../support/archive.ts";
import { build, inImage, mustBuild } from "../../support/build.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  const base = "FROM busybox\nRUN mkdir /dir /etc/x && ln -s /dir /link && ln -s /etc/x/target /file-link \\\n";
  await mustBuild(
    daemon,
    { Dockerfile: `${base} && echo 'me:x:77:88::/:/bin/sh' >> /etc/passwd && echo 'us:x:99:' >> /etc/group\n` },
    { query: { t: "base" } },
  );
});
afterAll(() => daemon?.dispose());

const directory = (name: string): Entry => ({ name, type: "directory" });
const link = (name: string, linkName: string): Entry => ({ name, linkName, type: "symlink" });

const context: readonly Entry[] = [
  { name: "a.txt", content: "a" },
  { name: "b.txt", content: "b", mode: 0o600, uid: 5, gid: 6 },
  directory("d"),
  { name: "d/c", content: "c", mode: 0o4755 },
  directory("d/sub"),
  { name: "d/sub/e.md", content: "e" },
  link("d/l", "c"),
  link("to-a", "a.txt"),
  link("to-d", "d"),
  { name: "d/hard", type: "link", linkName: "d/c" },
];

const withDockerfile = (instructions: string, entries: readonly Entry[] = context): Entry[] => [
  { name: "Dockerfile", content: `FROM base\n${instructions}\n` },
  ...entries,
];

test.each([
  ["COPY a.txt /new", "cat /new", "a"],
  ["COPY a.txt /dir", "cat /dir/a.txt", "a"],
  ["COPY a.txt /made/on/way/", "cat /made/on/way/a.txt", "a"],
  ["COPY a.txt /link/", "cat /dir/a.txt", "a"],
  ["COPY a.txt /link", "cat /dir/a.txt", "a"],
  ["COPY a.txt /file-link", "readlink /file-link; cat /etc/x/target", "/etc/x/target\na"],
  ["WORKDIR /w\nCOPY a.txt .", "cat /w/a.txt", "a"],
  ["WORKDIR /w\nCOPY a.txt sub/x", "cat /w/sub/x", "a"],
  ["COPY *.txt /t/", "ls /t", "a.txt\nb.txt\n"],
  ["COPY [ab].t?t /t/", "ls /t", "a.txt\nb.txt\n"],
  ["COPY d /t", "ls /t", "c\nhard\nl\nsub\n"],
  ["COPY d/ /dir/", "ls /dir", "c\nhard\nl\nsub\n"],
  ["COPY d/* /t/", "ls /t", "c\ne.md\nhard\nl\n"],
  ["COPY */c /t/", "ls /t", "c\n"],
  ["COPY --parents d/*/e.md */sub/*.md /t/", "find /t -type f", "/t/d/sub/e.md\n"],
  ["COPY to-a /t", "cat /t; test -L /t || echo file", "afile\n"],
  ["COPY to-d /t", "ls /t", "c\nhard\nl\nsub\n"],
  ["COPY d /t", "readlink /t/l; stat -c '%a %h' /t/c", "c\n4755 2\n"],
  ["COPY b.txt /t", "stat -c '%a %u %g' /t", "600 0 0\n"],
  ["COPY --chown=me b.txt /t", "stat -c '%u %g' /t", "77 88\n"],
  ["COPY --chown=me:us d /new/t", "stat -c '%u %g' /new /new/t /new/t/sub/e.md", "77 99\n77 99\n77 99\n"],
  ["COPY --chown=12 b.txt /t", "stat -c '%u %g' /t", "12 12\n"],
  ["ARG O=3:4\nCOPY --chown=$O b.txt /t", "stat -c '%u %g' /t", "3 4\n"],
  ["COPY --chmod=640 d /t", "stat -c %a /t /t/c /t/sub", "640\n640\n640\n"],
  ["COPY --chmod=u=rwX,go=rX d /t", "stat -c %a /t/c /t/sub/e.md /t/sub", "755\n644\n755\n"],
  ["COPY --parents d/sub/e.md a.txt /t/", "cd /t; find . -type f | sort", "./a.txt\n./d/sub/e.md\n"],
  ["COPY --parents d/./sub /t/", "find /t -type f", "/t/sub/e.md\n"],
  ["COPY --exclude=sub --exclude=h* d /t", "ls /t", "c\nl\n"],
  ['COPY ["a.txt", "b.txt", "/with blank/"]', "ls '/with blank'", "a.txt\nb.txt\n"],
  ["COPY --link a.txt /t", "cat /t", "a"],
  ["COPY . /t", "ls /t | head -3", "Dockerfile\na.txt\nb.txt\n"],
  ["RUN mkdir -p /t/c && touch /t/sub\nCOPY d/sub /t/sub", "", "cannot copy to non-directory: /t/sub"],
])("%s", async (instructions, command, expected) => {
  const { id, error } = await build(daemon, withDockerfile(instructions));
  if (command === "") expect(error).toContain(expected);
  else {
    expect(error).toBe("");
    expect(await inImage(daemon, id, command)).toBe(expected);
  }
});

describe("ADD", () => {
  const inner = archiveOf([{ name: "in/side", content: "inside", uid: 5, gid: 6 }]);
  test.each([
    ["plain", "x", inner],
    ["compressed, whatever it is called", "x.txt", gzipSync(inner)],
  ])("unpacks archives: %s", async (_what, name, content) => {
    const id = await mustBuild(daemon, withDockerfile(`ADD ${name} /t`, [{ name, content }]));
    expect(await inImage(daemon, id, "cat /t/in/side; stat -c ' %u %g' /t/in/side")).toBe("inside 5 6\n");
  });
  test("--chown overrides an archive's owners", async () => {
    const id = await mustBuild(daemon, withDockerfile("ADD --chown=1:2 x /t", [{ name: "x", content: inner }]));
    expect(await inImage(daemon, id, "stat -c '%u %g' /t /t/in/side")).toBe("1 2\n1 2\n");
  });
  test("does not unpack a compressed file that is not an archive", async () => {
    const id = await mustBuild(daemon, withDockerfile("ADD x.gz /t/", [{ name: "x.gz", content: gzipSync("text") }]));
    expect(await inImage(daemon, id, "zcat /t/x.gz")).toBe("text");
  });
  test("COPY does not unpack archives", async () => {
    const id = await mustBuild(daemon, withDockerfile("COPY x.tar /t/", [{ name: "x.tar", content: inner }]));
    expect(await inImage(daemon, id, "ls /t")).toBe("x.tar\n");
  });

  test("downloads URLs, verifies checksums and does not unpack", async () => {
    const served = gzipSync(inner);
    const modified = "Wed, 01 Jan 2020 00:00:00 GMT";
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) =>
        url.endsWith("/gone")
          ? new Response("no such thing", { status: 404 })
          : new Response(served, { headers: { "Last-Modified": modified, "Content-Disposition": "filename=named" } }),
    });
    const at = `http://127.0.0.1:${server.port}`;
    const digest = `sha256:${new Bun.CryptoHasher("sha256").update(served).digest("hex")}`;
    const id = await mustBuild(
      daemon,
      withDockerfile(`ADD --checksum=${digest} ${at}/x.tgz /t/\nADD ${at}/ /u/\nADD ${at}/y /v`),
    );
    expect(await inImage(daemon, id, "ls /t /u; stat -c '%a %Y' /v")).toBe(
      "/t:\nx.tgz\n\n/u:\nnamed\n600 1577836800\n",
    );
    const wrong = await build(daemon, withDockerfile(`ADD --checksum=sha256:${"0".repeat(64)} ${at}/x /t`));
    expect(wrong.error).toContain("digest mismatch");
    const gone = await build(daemon, withDockerfile(`ADD ${at}/gone /t`));
    expect(gone.error).toContain(`ADD failed: failed to GET ${at}/gone with status 404 Not Found: no such thing`);
    const copied = await build(daemon, withDockerfile(`COPY ${at}/x /t`));
    expect(copied.error).toBe("COPY failed: source can't be a URL for COPY");
  });
});

test("copies from another stage or image, with links and owners", async () => {
  const id = await mustBuild(
    daemon,
    withDockerfile(`RUN mkdir /s && echo x > /s/f && chown 9:9 /s/f && ln -s /s/f /s/l && ln -s /s /to-s
FROM busybox
COPY --from=0 /to-s /t
COPY --from=base /link/../etc/group /g
COPY --from=0 /s/l /l
COPY --from=0 --chown=8 /s/f /f
`),
  );
  expect(await inImage(daemon, id, "stat -c '%u %g' /t/f /l /f; readlink /t/l; cat /l; tail -1 /g")).toBe(
    "9 9\n9 9\n8 8\n/s/f\nx\nus:x:99:\n",
  );
});

test("a file replaces a link of its name; a link as destination is followed", async () => {
  const id = await mustBuild(
    daemon,
    withDockerfile(`RUN mkdir /d && echo old > /old && ln -s ../old /d/a.txt && ln -s /d/new /to-new
COPY a.txt /d/
COPY a.txt /to-new
`),
  );
  const seen = await inImage(daemon, id, "cat /old; readlink /d/a.txt; readlink /to-new; ls /d");
  expect(seen).toBe("old\n/d/new\na.txt\nnew\n");
});

describe("malicious contexts", () => {
  test("links are confined to the context", async () => {
    const evil = [link("out", "/etc/hostname"), link("up", "../../../../../etc"), link("loop", "loop")];
    const copies = ["COPY out /t", "COPY up/passwd /t", "ADD out /t"];
    for (const instruction of copies) {
      const { error } = await build(daemon, withDockerfile(instruction, evil));
      expect(error).toContain("file not found in build context or excluded by .dockerignore: stat");
    }
    expect((await build(daemon, withDockerfile("COPY loop /t", evil))).error).toContain("too many links in /loop");
    const whole = await mustBuild(daemon, withDockerfile("COPY . /t", evil));
    expect(await inImage(daemon, whole, "readlink /t/out; readlink /t/up")).toBe("/etc/hostname\n../../../../../etc\n");
  });

  test("rejects paths outside of the context", async () => {
    const { error, status } = await build(daemon, withDockerfile("COPY ../../etc/passwd /t"));
    expect(error).toBe("COPY failed: forbidden path outside the build context: ../../etc/passwd ()");
    expect(status).toBe(200);
  });

  test("an archive cannot write outside of the context", async () => {
    const marker = join(daemon.directory, "marker");
    const outside = [
      { name: "../../../escaped", content: "x" },
      { name: "/absolute", content: "y" },
    ];
    const id = await mustBuild(daemon, withDockerfile("COPY escaped absolute /", outside));
    expect(await inImage(daemon, id, "cat /escaped /absolute")).toBe("xy");
    expect(existsSync("/absolute")).toBe(false);
    // Its own link is confined to the root.
    const entries = [link("way", daemon.directory), { name: "way/marker", content: "x" }];
    const { error } = await build(daemon, withDockerfile("COPY a.txt /", entries));
    expect(error).not.toBe("");
    expect(existsSync(marker)).toBe(false);
  });

  test("links in the image cannot redirect a copy outside", async () => {
    const target = join(daemon.directory, "target");
    const id = await mustBuild(
      daemon,
      withDockerfile(`RUN ln -s ../../../../../../../..${target} /trap && ln -s ${daemon.directory} /trap-directory
COPY a.txt /trap
COPY a.txt /trap-directory/copied`),
    );
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(daemon.directory)).not.toContain("copied");
    expect(await inImage(daemon, id, `cat ${target} ${daemon.directory}/copied`)).toBe("aa");
  });

  test("rejects a Dockerfile that is a link, a device or a directory", async () => {
    const instead: Entry[][] = [
      [link("Dockerfile", "/etc/passwd")],
      [{ name: "Dockerfile", type: "character", major: 1, minor: 5 }],
      [{ name: "Dockerfile", type: "fifo" }],
      [directory("Dockerfile")],
    ];
    for (const entries of instead) {
      const { error, status } = await build(daemon, entries);
      expect(error).toBe("Cannot locate specified Dockerfile: Dockerfile");
      expect(status).toBe(400);
    }
    const linked = [{ name: "real", content: "FROM busybox\nLABEL a=1" }, link("Dockerfile", "/real")];
    expect(await mustBuild(daemon, linked)).not.toBe("");
  });

  test("copies devices as devices and rejects overlay whiteouts", async () => {
    const devices: Entry[] = [
      { name: "d/zero", type: "character", major: 1, minor: 5 },
      { name: "d/pipe", type: "fifo" },
    ];
    const id = await mustBuild(daemon, withDockerfile("COPY d /t", devices));
    expect(await inImage(daemon, id, "stat -c '%t %T' /t/zero; test -p /t/pipe && echo pipe")).toBe("1 5\npipe\n");
    const whiteout: Entry[] = [{ name: "d/passwd", type: "character", major: 0, minor: 0 }];
    const { error } = await build(daemon, withDockerfile("COPY d /etc", whiteout));
    expect(error).toContain("failed to copy files");
  });

  test("a sparse file takes neither time nor disk space", async () => {
    const size = 2 ** 40;
    const holes: Entry = { name: "vast", size, segments: [{ offset: size, length: 0 }] };
    const id = await mustBuild(daemon, withDockerfile("COPY vast /t", [holes]));
    expect(await inImage(daemon, id, "stat -c %s /t")).toBe(`${size}\n`);
  });

  test("reports an invalid or truncated archive first", async () => {
    for (const [bytes, message] of [
      [Buffer.from("no archive".repeat(100)), "archive/tar: invalid tar header"],
      [archiveOf(context).subarray(0, 300), "unexpected EOF"],
    ] as const) {
      const answer = await daemon.request("POST", "/build", bytes, { "Content-Type": "application/x-tar" });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ message: expect.stringContaining(message) });
    }
  });
});

test("a build leaves nothing on the host", () => {
  expect(readdirSync(join(daemon.dataRoot, "builds"))).toEqual([]);
  expect(readFileSync("/proc/mounts", "utf8")).not.toContain(daemon.dataRoot);
});

test("ignored Dockerfile and .dockerignore are still used by the build", async () => {
  const files = { Dockerfile: "FROM busybox\nCOPY . /t\n", f: "f" };
  const seen = async (rules: string): Promise<string> =>
    inImage(daemon, await mustBuild(daemon, { ...files, ".dockerignore": rules }), "ls -A /t");
  expect(await seen("# nothing\n\n")).toBe(".dockerignore\nDockerfile\nf\n");
  expect(await seen("Dockerfile\n.dockerignore\n")).toBe("f\n");
  expect(await seen("*\n!Dockerfile\n")).toBe("Dockerfile\nf\n");
  expect((await build(daemon, { ...files, ".dockerignore": "[z-a]\n" })).error).toContain("syntax error in pattern");
});
