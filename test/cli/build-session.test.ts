// `berth build` with what takes a session: directories as named contexts; and several outputs.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";

/** The classic builder, which tests use by default, has no sessions. */
const env = { DOCKER_BUILDKIT: "1" };

let daemon: TestDaemon;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-session-"));
  daemon = await startDaemon({ engine: "berth" });
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

/** A directory with these files. */
function place(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(directory, "place-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** @throws when it fails */
async function build(...argv: string[]): Promise<void> {
  const { code, stderr } = await daemon.berth(["build", ...argv], { env });
  if (code !== 0) throw new Error(stderr);
}

const shown = async (image: string, command: string): Promise<string> =>
  (await daemon.berth(["run", "--rm", "--network", "none", image, "sh", "-c", command])).stdout;

describe("--build-context with a directory", () => {
  test("its files are copied and mounted, without those that its own .dockerignore excludes", async () => {
    const other = place({
      "below/file": "text\n",
      empty: "",
      large: "x".repeat(3_000_000),
      "\u00fc": "umlaut\n",
      "secret.log": "no\n",
      ".dockerignore": "# logs\n/*.log\n",
    });
    symlinkSync("below/file", join(other, "link"));
    const context = place({
      Dockerfile: `FROM busybox
RUN --mount=from=other,target=/mounted cat /mounted/link > /seen
COPY --from=other . /all/
COPY --from=other ü link /some/
`,
    });
    await build("-t", "other", "--build-context", `other=${other}`, context);
    expect(await shown("other", "cat /seen /some/link /some/ü; wc -c < /all/large; ls -A /all | grep -v '?'")).toBe(
      "text\ntext\numlaut\n3000000\n.dockerignore\nbelow\nempty\nlarge\nlink\n",
    );
  });

  test("replaces an image and a stage", async () => {
    const other = place({ file: "of the directory\n" });
    const context = place({ Dockerfile: "FROM base AS stage\nFROM busybox\nCOPY --from=stage /file /file\n" });
    await build("-t", "base", "--build-context", `base=${other}`, context);
    expect(await shown("base", "cat /file")).toBe("of the directory\n");
  });

  test("a changed file is sent again", async () => {
    const other = place({ file: "one\n", kept: "kept\n" });
    const context = place({ Dockerfile: "FROM busybox\nCOPY --from=other / /all/\n" });
    const argv = ["-t", "changed", "--build-context", `other=${other}`, context];
    await build(...argv);
    rmSync(join(other, "kept"));
    writeFileSync(join(other, "file"), "two, and longer\n");
    await build(...argv);
    expect(await shown("changed", "cat /all/file; ls /all")).toBe("two, and longer\nfile\n");
  });

  test("a name that the client does not offer fails the build", async () => {
    const context = place({ Dockerfile: "FROM busybox\nCOPY --from=absent.invalid/other / /all/\n" });
    const argv = ["--build-context", `different=${place({})}`, context];
    await expect(build(...argv)).rejects.toThrow("absent.invalid/other");
  });
});

test("several outputs of one build", async () => {
  const context = place({ Dockerfile: "FROM scratch\nCOPY Dockerfile /file\n" });
  const [folder, archive] = [join(context, "out"), join(context, "out.tar")];
  await build("-o", folder, "-o", `type=tar,dest=${archive}`, "-o", "type=docker", "-t", "several", context);
  expect(readFileSync(join(folder, "file"), "utf8")).toContain("FROM scratch");
  expect(await mustRun(["tar", "-tf", archive])).toContain("file");
  expect(await daemon.call("GET", "/images/several/json")).toBeDefined();
  expect(existsSync(join(folder, "etc"))).toBeFalse();
});

test("the classic builder rejects what needs a session", async () => {
  const context = place({ Dockerfile: "FROM busybox\n" });
  const argv = ["build", "--build-context", `other=${context}`, context];
  const { code, stderr } = await daemon.berth(argv, { env: { DOCKER_BUILDKIT: "0" } });
  expect({ code, stderr }).toEqual({ code: 1, stderr: "--build-context is not supported with DOCKER_BUILDKIT=0\n" });
});

test("accepts annotations with a warning that they are not stored", async () => {
  const context = place({ Dockerfile: "FROM busybox\n" });
  const { code, stderr } = await daemon.berth(["build", "--annotation", "a=b", context], { env });
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("does not store annotations") });
});
