// Archives on their way: the top entry renamed, contexts packed and read.
import { describe, expect, test } from "bun:test";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packContext, unpackContext } from "../../../src/cli/config/context-archive.ts";
import { parseSide, place, splitPath } from "../../../src/cli/copy/paths.ts";
import { packFiles, unpackFiles } from "../../../src/cli/copy/tar-program.ts";
import { renameTopEntry } from "../../../src/cli/copy/tar-rename.ts";

describe("the top entry", () => {
  test("is renamed with everything below it, including long names and links", async () => {
    using scratch = scratchDirectory();
    const source = join(scratch.path, "source");
    const long = join("n".repeat(120), "m".repeat(120));
    mkdirSync(join(source, long), { recursive: true });
    writeFileSync(join(source, "file"), "one");
    writeFileSync(join(source, long, "deep"), "two");
    linkSync(join(source, "file"), join(source, "hard"));
    symlinkSync("file", join(source, "soft"));
    const out = join(scratch.path, "out");
    mkdirSync(out);
    await unpackFiles(renameTopEntry(packFiles(scratch.path, "source"), "source", "target"), out);
    expect(readFileSync(join(out, "target", "soft"), "utf8")).toBe("one");
    expect(readFileSync(join(out, "target", long, "deep"), "utf8")).toBe("two");
    expect(statSync(join(out, "target", "hard")).ino).toBe(statSync(join(out, "target", "file")).ino);
  });

  test("can be a whole directory", async () => {
    using scratch = scratchDirectory();
    mkdirSync(join(scratch.path, "source"));
    writeFileSync(join(scratch.path, "source", ".hidden"), "x");
    mkdirSync(join(scratch.path, "out"));
    const packed = packFiles(join(scratch.path, "source"), ".");
    await unpackFiles(renameTopEntry(packed, ".", "new"), join(scratch.path, "out"));
    expect(readFileSync(join(scratch.path, "out", "new", ".hidden"), "utf8")).toBe("x");
  });

  test("is renamed for any chunking of the archive", async () => {
    using scratch = scratchDirectory();
    writeFileSync(join(scratch.path, "a"), "content");
    async function* crumbs() {
      for await (const chunk of packFiles(scratch.path, "a")) {
        for (let at = 0; at < chunk.length; at += 7) yield chunk.subarray(at, at + 7);
      }
    }
    mkdirSync(join(scratch.path, "out"));
    await unpackFiles(renameTopEntry(crumbs(), "a", "b"), join(scratch.path, "out"));
    expect(readFileSync(join(scratch.path, "out", "b"), "utf8")).toBe("content");
  });
});

describe("the destination of a copy", () => {
  const file = (path: string) => ({ path, exists: true, isDirectory: false });
  const directory = (path: string) => ({ path, exists: true, isDirectory: true });
  const missing = (path: string) => ({ path, exists: false, isDirectory: false });

  test.each([
    [file("/a/f"), directory("/d"), { directory: "/d", rename: undefined }],
    [file("/a/f"), file("/d/g"), { directory: "/d", rename: { from: "f", to: "g" } }],
    [file("/a/f"), missing("/d/g"), { directory: "/d", rename: { from: "f", to: "g" } }],
    [directory("/a/d"), missing("/x/y"), { directory: "/x", rename: { from: "d", to: "y" } }],
    [directory("/a/d/."), missing("/x/y"), { directory: "/x", rename: { from: ".", to: "y" } }],
  ])("%j to %j", (source, destination, expected) => {
    expect(place(source, destination)).toEqual(expected);
  });

  test("fails on a file or a missing directory", () => {
    expect(() => place(directory("/a"), file("/b"))).toThrow("cannot copy directory");
    expect(() => place(file("/a"), missing("/b/"))).toThrow("no such directory");
  });

  test("sides and names", () => {
    expect(parseSide("web:/etc")).toEqual({ container: "web", path: "/etc" });
    expect(parseSide("./web:x")).toEqual({ container: undefined, path: "./web:x" });
    expect(parseSide("/a:b")).toEqual({ container: undefined, path: "/a:b" });
    expect(splitPath("/a/b/.")).toEqual({ directory: "/a/b", base: "." });
    expect(splitPath("/a/b/")).toEqual({ directory: "/a", base: "b" });
  });
});

describe("a context", () => {
  const metadata = {
    Name: "far",
    Metadata: { Description: "a machine" },
    Endpoints: { docker: { Host: "tcp://far:2376", SkipTLSVerify: false } },
  };

  test("round trip", () => {
    const tls = { ca: "CA", cert: "CERT", key: "KEY" };
    expect(unpackContext(packContext(metadata, tls))).toEqual({ metadata, tls });
    expect(unpackContext(packContext(metadata, {}))).toEqual({ metadata, tls: {} });
  });

  test("is readable by tar(1)", async () => {
    using scratch = scratchDirectory();
    const archive = packContext(metadata, { ca: "CA" });
    writeFileSync(join(scratch.path, "context.tar"), archive);
    const listing = await Bun.$`tar --list --file=${join(scratch.path, "context.tar")}`.text();
    expect(listing.split("\n")).toEqual(["meta.json", "tls", "tls/docker", "tls/docker/ca.pem", ""]);
  });

  test("can lack the end of the archive, as Docker's command writes it", () => {
    const archive = packContext(metadata, { ca: "CA" });
    const end = Buffer.from(archive).lastIndexOf("CA") + 2;
    expect(unpackContext(archive.subarray(0, end))).toEqual({ metadata, tls: { ca: "CA" } });
  });

  test("truncated or invalid is rejected", () => {
    expect(() => unpackContext(packContext(metadata, {}).subarray(0, 600))).toThrow("unexpected EOF");
    expect(() => unpackContext(Buffer.alloc(1024))).toThrow("invalid context: no metadata found");
    expect(() => unpackContext(Buffer.from("#!/bin/sh\n"))).toThrow("unexpected EOF");
  });
});

function scratchDirectory(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "berth-archives-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
