// Image archives: save and load preserve images; exchange with other tools in both directions.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { archiveOf } from "../../support/archive.ts";
import { mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { progressLines } from "../../support/progress-lines.ts";
import { lacks } from "../../support/requirement.ts";
import { describeTree } from "../../support/tree.ts";

let daemon: TestDaemon;
let other: TestDaemon;
let directory: string;

const file = (name: string): string => join(directory, name);
const has = (program: string): boolean => Bun.which(program) !== null;

beforeAll(async () => {
  [daemon, other] = await Promise.all([startDaemon(), startDaemon()]);
  directory = mkdtempSync(join(tmpdir(), "berth-archives-"));
  await daemon.importArchive("special:one", specialTree(), ['CMD ["/hello"]', "LABEL a=b"]);
  await daemon.importBusybox();
});
afterAll(async () => {
  await Promise.all([daemon.dispose(), other.dispose()]);
  rmSync(directory, { recursive: true });
});

/** One of everything an archive can hold. */
function specialTree(): Buffer {
  return archiveOf([
    { name: "./", type: "directory", mode: 0o751, uid: 3, gid: 4 },
    { name: "hello", content: "#!/bin/sh", mode: 0o4755, uid: 1000, gid: 2000, modified: 123_456_789_987_654_321n },
    { name: "hello-again", type: "link", linkName: "hello" },
    { name: "link", type: "symlink", linkName: "/etc/../hello" },
    { name: "dir/", type: "directory", mode: 0o1777 },
    {
      name: `dir/${"n".repeat(150)}`,
      content: "x".repeat(3000),
      xattrs: new Map([["user.a", Buffer.from([1, 0, 2])]]),
    },
    { name: "dir/caf\xe9", content: "latin-1" },
    { name: "null", type: "character", major: 1, minor: 3, mode: 0o666 },
    { name: "disk", type: "block", major: 8, minor: 1, mode: 0o660, gid: 6 },
    { name: "pipe", type: "fifo", mode: 0o600 },
    { name: ".wh.whited" },
    { name: "opaque/", type: "directory" },
    { name: "opaque/.wh..wh..opq" },
  ]);
}

const save = async (from: TestDaemon, ...names: string[]): Promise<Uint8Array> =>
  (
    await from.request("GET", `/images/get?${names.map((name) => `names=${encodeURIComponent(name)}`).join("&")}`)
  ).bytes();
const load = async (into: TestDaemon, archive: Uint8Array) =>
  progressLines(await into.request("POST", "/images/load?quiet=1", archive));
const said = async (into: TestDaemon, archive: Uint8Array) =>
  (await load(into, archive)).map(({ stream, error }) => stream ?? error);

interface Inspected {
  Id: string;
  RepoTags: string[];
  GraphDriver: { Data: { UpperDir: string } };
  RootFS: { Layers: string[] };
}
async function inspect(on: TestDaemon, name: string): Promise<Inspected> {
  const value: unknown = await on.call("GET", `/images/${name}/json`);
  if (isInspected(value)) return value;
  throw new Error("not an image");
}
function isInspected(value: unknown): value is Inspected {
  return typeof value === "object" && value !== null && "Id" in value && "GraphDriver" in value;
}
const tree = async (on: TestDaemon, name: string) => describeTree((await inspect(on, name)).GraphDriver.Data.UpperDir);
const forgetAll = async (on: TestDaemon): Promise<void> => {
  const list: unknown = await on.call("GET", "/images/json?all=1");
  for (const image of Array.isArray(list) ? list : []) await on.call("DELETE", `/images/${image.Id}?force=1`);
};

describe("saved and loaded", () => {
  test("an image is byte-identical", async () => {
    const archive = await save(daemon, "special:one");
    expect(await said(other, archive)).toEqual(["Loaded image: special:one\n"]);
    const [before, after] = [await inspect(daemon, "special:one"), await inspect(other, "special:one")];
    expect(after.Id).toBe(before.Id);
    expect(await tree(other, "special:one")).toEqual(await tree(daemon, "special:one"));
    expect(Buffer.compare(await save(other, "special:one"), archive)).toBe(0);
    await forgetAll(other);
    expect(readdirSync(join(other.dataRoot, "content/blobs/sha256"))).toEqual([]);
  });

  test("several images and names in one archive store shared layers once", async () => {
    await daemon.call("POST", "/images/busybox/tag?repo=copy&tag=two");
    await daemon.call("POST", "/images/busybox/tag?repo=copy&tag=three");
    const archive = await save(daemon, "copy", "special:one");
    writeFileSync(file("several.tar"), archive);
    const names = (await mustRun(["tar", "-tf", file("several.tar")]))
      .split("\n")
      .filter((name) => name.startsWith("blobs/sha256/") && name.length > 20);
    // Two configurations, two layers, two manifests.
    expect(names).toHaveLength(6);
    expect((await said(other, archive)).sort()).toEqual([
      "Loaded image: copy:three\n",
      "Loaded image: copy:two\n",
      "Loaded image: special:one\n",
    ]);
    await forgetAll(other);
  });

  test("an untagged image is identified by its ID", async () => {
    const { Id } = await inspect(daemon, "special:one");
    expect(await said(other, await save(daemon, Id))).toEqual([`Loaded image ID: ${Id}\n`]);
    await forgetAll(other);
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ["gzip", (bytes) => gzipSync(bytes)],
    ["zstd", (bytes) => zstdCompressSync(bytes)],
    ["xz", (bytes) => Bun.spawnSync(["xz", "-c"], { stdin: bytes }).stdout],
    ["bzip2", (bytes) => Bun.spawnSync(["bzip2", "-c"], { stdin: bytes }).stdout],
  ])("compressed with %s", async (_name, compress) => {
    expect(await said(other, compress(await save(daemon, "special:one")))).toEqual(["Loaded image: special:one\n"]);
    await forgetAll(other);
  });

  test("loading moves an existing tag and reports it", async () => {
    await other.importArchive("special:one", archiveOf([{ name: "other" }]));
    const { Id } = await inspect(other, "special:one");
    expect(await said(other, await save(daemon, "special:one"))).toEqual([
      `The image special:one already exists, renaming the old one with ID ${Id} to empty string\n`,
      "Loaded image: special:one\n",
    ]);
    await forgetAll(other);
  });

  test("its files have the time at which the image was created", async () => {
    await daemon.importBusybox("dated");
    const { Created, Id } = JSON.parse(JSON.stringify(await daemon.call("GET", "/images/dated/json")));
    const archive = file("dated.tar");
    await Bun.write(archive, await save(daemon, "dated"));
    const config = `blobs/sha256/${Id.replace("sha256:", "")}`;
    const listing = await mustRun(["tar", "--list", "--verbose", "--utc", "--full-time", "--file", archive, config]);
    expect(listing).toContain(Created.slice(0, 19).replace("T", " "));
  });

  test("refuses several platforms", async () => {
    const platforms = [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ];
    const query = platforms.map((platform) => `platform=${encodeURIComponent(JSON.stringify(platform))}`).join("&");
    const answer = await daemon.request("GET", `/images/busybox/get?${query}`);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { message: "multiple platform parameters not supported" },
    ]);
  });

  test("loads an image whose manifest has no schema version", async () => {
    const source = file("versionless");
    await daemon.importBusybox("versionless");
    mkdirSync(source);
    const archive = file("versionless.tar");
    await Bun.write(archive, await save(daemon, "versionless"));
    await mustRun(["tar", "--extract", "--file", archive, "--directory", source]);
    const index = JSON.parse(readFileSync(join(source, "index.json"), "utf8"));
    const [entry] = index.manifests;
    const path = (digest: string): string => join(source, "blobs/sha256", digest.replace("sha256:", ""));
    const manifest = JSON.stringify({ ...JSON.parse(readFileSync(path(entry.digest), "utf8")), schemaVersion: 0 });
    const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
    writeFileSync(path(digest), manifest);
    const manifests = [{ ...entry, digest, size: manifest.length }];
    writeFileSync(join(source, "index.json"), JSON.stringify({ ...index, schemaVersion: 0, manifests }));
    rmSync(join(source, "manifest.json"));
    await mustRun(["tar", "--create", "--file", archive, "--directory", source, "."]);
    expect(await said(other, await Bun.file(archive).bytes())).toEqual(["Loaded image: versionless:latest\n"]);
    await forgetAll(other);
  });

  test("fails to save a missing image", async () => {
    const asked = async (name: string) => {
      const answer = await daemon.request("GET", `/images/get?names=special:one&names=${name}`);
      return [answer.status, JSON.parse(await answer.text()).message];
    };
    expect(await asked("nowhere")).toEqual([404, "No such image: nowhere"]);
    expect(await asked("00000000")).toEqual([404, "No such image: 00000000"]);
    expect(await asked("special:two")).toEqual([404, "reference does not exist"]);
  });
});

describe("archives that cannot be loaded", () => {
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: ["sha256:00"] },
  });
  const manifest = (entry: object): string =>
    JSON.stringify([{ Config: "c.json", RepoTags: ["x:y"], Layers: ["l.tar"], ...entry }]);
  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /^open .*\/repositories: no such file or directory$/],
    ["no archive", Buffer.alloc(4000, "x"), /archive\/tar: invalid tar header/],
    ["an archive of something else", archiveOf([{ name: "file" }]), /^open .*\/repositories: no such file/],
    ["an unreadable manifest", archiveOf([{ name: "manifest.json", content: "{" }]), /^unexpected EOF$/],
    ["a missing file", archiveOf([{ name: "manifest.json", content: manifest({}) }]), /c.json is missing/],
    [
      "more layers than the configuration knows",
      archiveOf([
        { name: "c.json", content: config },
        { name: "l.tar", content: archiveOf([]) },
        { name: "manifest.json", content: manifest({ Layers: ["l.tar", "l.tar"] }) },
      ]),
      /layers length mismatch: expected 1, got 2/,
    ],
    [
      "a layer with another content",
      archiveOf([
        { name: "c.json", content: config },
        { name: "l.tar", content: archiveOf([{ name: "x" }]) },
        { name: "manifest.json", content: manifest({}) },
      ]),
      /wrong diff id/,
    ],
    [
      "links in a circle",
      archiveOf([
        { name: "c.json", type: "symlink", linkName: "l.tar" },
        { name: "l.tar", type: "symlink", linkName: "c.json" },
        { name: "manifest.json", content: manifest({}) },
      ]),
      /c.json is missing/,
    ],
  ])("%s", async (_name, archive, message) => {
    expect((await said(other, archive)).at(-1)).toMatch(message);
    expect(await other.call("GET", "/images/json?all=1")).toEqual([]);
    expect(readdirSync(join(other.dataRoot, "content/blobs/sha256"))).toEqual([]);
    expect(readdirSync(join(other.dataRoot, "layers"))).toEqual(["empty"]);
  });

  test("an interrupted upload leaves nothing", async () => {
    const archive = await save(daemon, "special:one", "busybox");
    expect((await said(other, archive.subarray(0, archive.length / 2))).at(-1)).toMatch(/unexpected EOF/);
    expect(readdirSync(join(other.dataRoot, "content/blobs/sha256"))).toEqual([]);
    expect(readdirSync(join(other.dataRoot, "content/partial"))).toEqual([]);
  });
});

describe("other tools", () => {
  const withStore = (program: string): string[] => [
    program,
    "--root",
    file("store"),
    "--runroot",
    file("store-run"),
    "--storage-driver",
    "vfs",
  ];

  test.skipIf(lacks("skopeo", has("skopeo")))(
    "skopeo copies ours between all its forms, and each is loaded",
    async () => {
      writeFileSync(file("ours.tar"), await save(daemon, "special:one"));
      await mustRun([
        "skopeo",
        "copy",
        `docker-archive:${file("ours.tar")}:special:one`,
        `docker-archive:${file("docker.tar")}:from-skopeo:docker`,
      ]);
      await mustRun([
        "skopeo",
        "copy",
        `oci-archive:${file("ours.tar")}`,
        `oci-archive:${file("oci.tar")}:from-skopeo:oci`,
      ]);
      for (const [name, reference] of [
        ["docker.tar", "from-skopeo:docker"],
        ["oci.tar", "from-skopeo:oci"],
      ] as const) {
        expect(await said(other, readFileSync(file(name)))).toEqual([`Loaded image: ${reference}\n`]);
        expect(await tree(other, reference)).toEqual(await tree(daemon, "special:one"));
      }
      await forgetAll(other);
    },
  );

  test.skipIf(lacks("umoci", has("umoci")))("umoci unpacks ours, and its changed image is loaded", async () => {
    const layout = file("layout");
    mkdirSync(layout);
    writeFileSync(file("for-umoci.tar"), await save(daemon, "special:one"));
    await mustRun(["tar", "-C", layout, "-xf", file("for-umoci.tar")]);
    await mustRun(["umoci", "unpack", "--image", `${layout}:one`, file("bundle")]);
    expect(readFileSync(join(file("bundle"), "rootfs/hello"), "utf8")).toBe("#!/bin/sh");
    writeFileSync(join(file("bundle"), "rootfs/added"), "by umoci");
    rmSync(join(file("bundle"), "rootfs/link"));
    await mustRun(["umoci", "repack", "--image", `${layout}:two`, file("bundle")]);
    await mustRun(["umoci", "tag", "--image", `${layout}:two`, "host.example/from-umoci:two"]).catch(() => undefined);
    await mustRun(["umoci", "config", "--image", `${layout}:two`, "--config.cmd", "/added"]);
    await mustRun(["skopeo", "copy", `oci:${layout}:two`, `oci-archive:${file("umoci.tar")}:from-umoci:two`]);
    expect(await said(other, readFileSync(file("umoci.tar")))).toEqual(["Loaded image: from-umoci:two\n"]);
    const image = await inspect(other, "from-umoci:two");
    expect(image.RootFS.Layers).toHaveLength(2);
    const top = describeTree(image.GraphDriver.Data.UpperDir);
    expect(top["./link"]).toBe("whiteout");
    expect(top["./added"]).toBeDefined();
    await forgetAll(other);
  });

  test.skipIf(lacks("buildah", has("buildah")))("buildah's images are loaded in both forms", async () => {
    const buildah = withStore("buildah");
    const container = (await mustRun([...buildah, "from", "scratch"])).trim();
    writeFileSync(file("content.tar"), archiveOf([{ name: "made-by", content: "buildah" }]));
    await mustRun([...buildah, "add", container, file("content.tar"), "/"]);
    await mustRun([...buildah, "config", "--cmd", "/made-by", container]);
    for (const format of ["oci", "docker"]) {
      const archive = file(`buildah-${format}.tar`);
      await mustRun([
        ...buildah,
        "commit",
        "--format",
        format,
        container,
        `${format}-archive:${archive}:from-buildah:${format}`,
      ]);
      expect(await said(other, readFileSync(archive))).toEqual([`Loaded image: from-buildah:${format}\n`]);
      const { GraphDriver } = await inspect(other, `from-buildah:${format}`);
      expect(readFileSync(join(GraphDriver.Data.UpperDir, "made-by"), "utf8")).toBe("buildah");
    }
    await forgetAll(other);
  });

  test.skipIf(lacks("podman", has("podman")))("podman loads ours, and what it saves is loaded", async () => {
    const podman = withStore("podman");
    writeFileSync(file("for-podman.tar"), await save(daemon, "busybox"));
    expect(await mustRun([...podman, "load", "-i", file("for-podman.tar")])).toContain(
      "docker.io/library/busybox:latest",
    );
    for (const format of ["docker-archive", "oci-archive"]) {
      await mustRun([...podman, "save", "--format", format, "-o", file(`podman-${format}.tar`), "busybox"]);
      expect(await said(other, readFileSync(file(`podman-${format}.tar`)))).toEqual(["Loaded image: busybox:latest\n"]);
      expect(await tree(other, "busybox")).toEqual(await tree(daemon, "busybox"));
      await forgetAll(other);
    }
  });
});
