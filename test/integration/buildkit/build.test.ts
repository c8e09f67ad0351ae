// Builds by real clients of BuildKit's protocol.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildKit, buildKitClients, hasBuildx } from "../../support/buildkit-clients.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { lacks } from "../../support/requirement.ts";

let daemon: TestDaemon;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-buildkit-"));
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** A new context of these files. */
function contextOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(directory, "context-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const output = async (image: string, ...argv: string[]): Promise<string> =>
  (await daemon.berth(["run", "--rm", "--network", "none", image, ...argv])).stdout;

describe.each([...buildKitClients])("%s", (client) => {
  test("builds an image into the engine", async () => {
    const context = contextOf({
      Dockerfile: "FROM busybox\nCOPY . /files/\nRUN echo made > /made\n",
      "a/b": "content\n",
      "name with ü": "",
    });
    const { code, stderr } = await buildKit(client, daemon, ["build", "-t", "built", context]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await output("built", "sh", "-c", "cat /made /files/a/b; cd /files; echo *")).toBe(
      "made\ncontent\nDockerfile a name with ü\n",
    );
    expect((await daemon.berth(["ps", "-aq"])).stdout).toBe("");
  });
});

test.skipIf(lacks("docker-buildx", hasBuildx))("buildx uses its docker driver", async () => {
  const { stdout } = await buildKit("buildx", daemon, ["buildx", "ls"]);
  expect(stdout).toMatch(/^default\*\s+docker\s/m);
});
