// Contexts as archives: which files are in them, whose they are, where the Dockerfile is.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compressed, isArchive, peek } from "../../../../src/cli/build/archive.ts";
import { openContext } from "../../../../src/cli/build/context.ts";
import { contextWithFile, contextWithText } from "../../../../src/cli/build/directory.ts";
import { isGitAddress, parseRepository } from "../../../../src/cli/build/git.ts";
import type { Bytes } from "../../../../src/client/streams.ts";
import { mustRun } from "../../../support/command.ts";

let base: string;
let directory: string;
const { TMPDIR } = process.env;

beforeEach(() => {
  base = mkdtempSync(join(TMPDIR ?? "/tmp", "berth-test-context-"));
  directory = join(base, "context");
  mkdirSync(directory);
  // What the program keeps there until it ends.
  process.env.TMPDIR = base;
});

afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(base, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

const collect = async (bytes: Bytes): Promise<Buffer> => Buffer.concat(await Array.fromAsync(bytes));

async function listed(archive: Bytes): Promise<string[]> {
  const text = await mustRun(["tar", "--list", "--verbose", "--numeric-owner", "--file=-"], {
    input: await collect(archive),
  });
  return text
    .trim()
    .split("\n")
    .map((line) => line.replace(/ +\d+ \d{4}-\S+ \S+ /, " "));
}

async function namesIn(archive: Bytes): Promise<string[]> {
  return (await listed(archive)).map((line) => line.split(" ").at(-1) ?? "");
}

const own = () => ({ directory, foreign: false });
const fromHere = () => contextWithFile(own(), directory, "");
const noMetering = (bytes: Bytes): Bytes => bytes;

describe("a directory", () => {
  test("is sent sorted by name, owned by root, with its modes", async () => {
    write({ Dockerfile: "FROM scratch\n", "b/c": "x", a: "x" });
    chmodSync(join(directory, "a"), 0o4755);
    symlinkSync("nowhere", join(directory, "link"));
    const { archive, dockerfile } = fromHere();
    expect(dockerfile).toBe("Dockerfile");
    expect(await listed(archive)).toEqual([
      "-rw-r--r-- 0/0 Dockerfile",
      "-rwsr-xr-x 0/0 a",
      "drwxr-xr-x 0/0 b/",
      "-rw-r--r-- 0/0 b/c",
      "lrwxrwxrwx 0/0 link -> nowhere",
    ]);
  });

  test("names are byte strings", async () => {
    write({ Dockerfile: "FROM scratch\n", "-a": "x", "new\nline": "x" });
    writeFileSync(Buffer.concat([Buffer.from(join(directory, "z")), Buffer.from([0xff])]), "x");
    const text = (await collect(fromHere().archive)).toString("latin1");
    for (const name of ["-a\0", "new\nline\0", "z\xff\0"]) expect(text).toContain(name);
  });

  test("does not send ignored files, but always the Dockerfile and .dockerignore", async () => {
    write({ Dockerfile: "FROM scratch\n", ".dockerignore": "*\n!keep\n", keep: "x", other: "x", "deep/other": "x" });
    expect(await namesIn(fromHere().archive)).toEqual([".dockerignore", "Dockerfile", "keep"]);
  });

  test("sends an exception below an ignored directory, with its parents once", async () => {
    write({ Dockerfile: "FROM scratch\n", ".dockerignore": "a\n!**/*.ts\n" });
    write({ "a/b/1.ts": "x", "a/b/1.js": "x", "a/c/2.ts": "x", "a/d/3.js": "x", "a/4.ts": "x" });
    expect(await namesIn(fromHere().archive)).toEqual([
      ".dockerignore",
      "Dockerfile",
      "a/",
      "a/4.ts",
      "a/b/",
      "a/b/1.ts",
      "a/c/",
      "a/c/2.ts",
    ]);
  });

  test("a Dockerfile's own .dockerignore takes precedence", async () => {
    write({ ".dockerignore": "x", "docker/web.Dockerfile": "FROM scratch\n", x: "x", y: "x" });
    write({ "docker/web.Dockerfile.dockerignore": "y\ndocker\n" });
    const { archive, dockerfile } = contextWithFile(own(), directory, "docker/web.Dockerfile");
    expect(dockerfile).toBe("docker/web.Dockerfile");
    expect(await namesIn(archive)).toEqual([
      ".dockerignore",
      "docker/",
      "docker/web.Dockerfile",
      "docker/web.Dockerfile.dockerignore",
      "x",
    ]);
  });

  test("sends an external Dockerfile, which the engine ignores as context", async () => {
    write({ ".dockerignore": "x\n", x: "x", y: "x" });
    const { archive, dockerfile } = contextWithText(own(), Buffer.from("FROM scratch\n"));
    expect(dockerfile).toMatch(/^\.dockerfile\.[0-9a-f]{20}$/);
    const bytes = await collect(archive);
    expect(await namesIn(one(bytes))).toEqual(["y", ".dockerignore", dockerfile]);
    const rules = await mustRun(["tar", "--extract", "--to-stdout", "--file=-", ".dockerignore"], { input: bytes });
    expect(rules).toBe(`x\n\n${dockerfile}\n`);
  });

  test("contains no temporary files", async () => {
    write({ x: "x" });
    process.env.TMPDIR = directory;
    const { archive, dockerfile } = contextWithText(own(), Buffer.from("FROM scratch\n"));
    expect(await namesIn(archive)).toEqual(["x", ".dockerignore", dockerfile]);
  });

  test("follows links to the Dockerfile", async () => {
    write({ "context/docker/real": "FROM scratch\n" });
    symlinkSync("docker/real", join(directory, "context", "Dockerfile"));
    symlinkSync("context", join(directory, "link"));
    const { dockerfile } = await openContext(join(directory, "link"), "", noMetering);
    expect(dockerfile).toBe("docker/real");
  });

  test("finds a lower-case dockerfile, too", () => {
    write({ dockerfile: "FROM scratch\n" });
    expect(fromHere().dockerfile).toBe("dockerfile");
  });

  test("a remote directory does not refer to local files", () => {
    write({ secret: "x" });
    mkdirSync(join(directory, "context"));
    const place = { directory: join(directory, "context"), foreign: true };
    symlinkSync("../secret", join(directory, "context", "Dockerfile"));
    expect(() => contextWithFile(place, place.directory, "")).toThrow("must be within the build context");
    expect(() => contextWithFile(place, place.directory, "../secret")).toThrow("must be within the build context");
    symlinkSync("../secret", join(directory, "context", ".dockerignore"));
    expect(() => contextWithText(place, Buffer.from("FROM scratch\n"))).toThrow("must be within the build context");
  });

  test("reports a missing path or non-directory in Docker's words", async () => {
    write({ file: "x" });
    const file = join(directory, "file");
    await expect(openContext(file, "", noMetering)).rejects.toThrow(
      `unable to prepare context: context must be a directory: ${file}`,
    );
    await expect(openContext(`${file}-not`, "", noMetering)).rejects.toThrow(
      `unable to prepare context: path "${file}-not" not found`,
    );
    expect(() => fromHere()).toThrow(
      `unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat ${directory}/Dockerfile: no such file or directory`,
    );
  });
});

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe("archives", () => {
  test("are distinguished from Dockerfiles by their first bytes", async () => {
    write({ Dockerfile: "FROM scratch\n" });
    const archive = await collect(fromHere().archive);
    expect(isArchive(archive)).toBe(true);
    expect(isArchive(await collect(compressed(one(archive))))).toBe(true);
    expect(isArchive(Buffer.from("FROM scratch\n".repeat(100)))).toBe(false);
    expect(isArchive(Buffer.alloc(1024))).toBe(false);
    expect(isArchive(Buffer.alloc(0))).toBe(false);
  });

  test("are complete after detection", async () => {
    async function* small(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 2000; index++) yield Buffer.from([index % 256]);
    }
    const { beginning, whole } = await peek(small());
    expect(beginning).toHaveLength(512);
    expect(await collect(whole)).toEqual(await collect(small()));
  });

  test("report the reason when interrupted, also compressed ones", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(1000);
      throw new Error("broke off");
    }
    await expect(collect(compressed(broken()))).rejects.toThrow("broke off");
  });
});

describe("addresses of git", () => {
  test.each<[string, boolean]>([
    ["https://example.org/a.git", true],
    ["https://example.org/a.git#main:sub", true],
    ["https://example.org/a", false],
    ["https://example.org/a.tar.gz", false],
    ["git://example.org/a", true],
    ["ssh://git@example.org/a", true],
    ["git@example.org:a/b", true],
    ["github.com/a/b", true],
    ["example.org/a.git", false],
  ])("%s: %p", (text, expected) => expect(isGitAddress(text)).toBe(expected));

  test.each<[string, ReturnType<typeof parseRepository>]>([
    ["https://h/a.git", { remote: "https://h/a.git", reference: "HEAD", subdirectory: "" }],
    ["https://h/a.git#v1:x/y", { remote: "https://h/a.git", reference: "v1", subdirectory: "x/y" }],
    ["https://h/a.git#:x", { remote: "https://h/a.git", reference: "HEAD", subdirectory: "x" }],
    ["git@h:a.git#b", { remote: "git@h:a.git", reference: "b", subdirectory: "" }],
    ["github.com/a/b", { remote: "https://github.com/a/b", reference: "HEAD", subdirectory: "" }],
  ])("%s", (text, expected) => expect(parseRepository(text)).toEqual(expected));

  test("a reference is never parsed as a git option", () => {
    expect(() => parseRepository("https://h/a.git#--upload-pack=x")).toThrow("invalid refspec: --upload-pack=x");
  });
});
