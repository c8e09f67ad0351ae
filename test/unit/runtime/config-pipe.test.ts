// config.json for an OCI runtime that starts before the file is written: read by a real process.
import { expect, test } from "bun:test";
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigPipe } from "../../../src/runtime/config-pipe.ts";
import { eventually } from "../../support/command.ts";

const LONGER_THAN_A_PIPE = 300_000;

async function withPipe(check: (pipe: ConfigPipe, path: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "config-pipe-"));
  try {
    const path = join(directory, "config.json");
    await check(new ConfigPipe(path), path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A process that has opened the file, and reads to its end. */
async function reader(path: string): Promise<Bun.Subprocess<"ignore", "pipe", "inherit">> {
  const child = Bun.spawn(["cat", path], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  await eventually("the pipe to be opened", () => hasOpenPipe(child.pid));
  return child;
}

/** Besides its standard output. */
function hasOpenPipe(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/fd/3`).startsWith("pipe:");
  } catch {
    return false;
  }
}

test.each([
  ["short", "{}"],
  ["longer than a pipe", "x".repeat(LONGER_THAN_A_PIPE)],
])("a reader that waits gets a text that is %s, and its end", async (_name, text) => {
  await withPipe(async (pipe, path) => {
    const child = await reader(path);
    const received = new Response(child.stdout).text();
    await pipe.write(text);
    expect(await received).toBe(text);
    pipe.close();
  });
});

test("a later reader gets the file", async () => {
  await withPipe(async (pipe, path) => {
    await pipe.write("{}");
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("{}");
    pipe.close();
    expect(readFileSync(path, "utf8")).toBe("{}");
  });
});

test("a long text that nobody reads is given up with the pipe", async () => {
  await withPipe(async (pipe, path) => {
    const text = "x".repeat(LONGER_THAN_A_PIPE);
    const written = pipe.write(text);
    pipe.close();
    await written;
    expect(readFileSync(path, "utf8")).toBe(text);
  });
});

test("without a text, a reader sees the end", async () => {
  await withPipe(async (pipe, path) => {
    const child = await reader(path);
    pipe.close();
    expect(await new Response(child.stdout).text()).toBe("");
  });
});
