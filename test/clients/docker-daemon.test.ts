// skopeo, buildah and podman copy images with their `docker-daemon:` transport, which uses API 1.22 and only Docker's
// default socket: each runs with a private /run that has the socket there.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";

let daemon: TestDaemon;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-transport-"));
  writeFileSync(join(directory, "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
  daemon = await startDaemon();
  await daemon.importBusybox("busybox:1");
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(directory, { recursive: true });
});

function run(argv: readonly string[]): Promise<string> {
  const setUp = `mount -t tmpfs none /run && ln -s "$0" /run/docker.sock && exec "$@"`;
  return mustRun(["unshare", "--mount", "sh", "-c", setUp, daemon.socket, ...argv], { env: { TMPDIR: directory } });
}

const image = () => `dir:${join(directory, "image")}`;
const policy = () => ["--signature-policy", join(directory, "policy.json")];
const program = (tool: string) => [
  ...[tool, "--root", join(directory, tool), "--runroot", join(directory, `${tool}-run`)],
  ...["--storage-driver", "vfs"],
];

/** The commands that copy an image out of the engine and into it. */
const tools: Readonly<Record<string, { out(name: string): string[]; into(name: string): string[] }>> = {
  skopeo: {
    out: (name) => ["skopeo", "--policy", join(directory, "policy.json"), "copy", `docker-daemon:${name}`, image()],
    into: (name) => ["skopeo", "--policy", join(directory, "policy.json"), "copy", image(), `docker-daemon:${name}`],
  },
  buildah: {
    out: (name) => [...program("buildah"), "pull", ...policy(), `docker-daemon:${name}`],
    into: (name) => [...program("buildah"), "push", ...policy(), "busybox:1", `docker-daemon:${name}`],
  },
  podman: {
    out: (name) => [...program("podman"), "pull", ...policy(), `docker-daemon:${name}`],
    into: (name) => [...program("podman"), "push", ...policy(), "busybox:1", `docker-daemon:${name}`],
  },
};

describe.each(Object.entries(tools))("%s", (tool, { out, into }) => {
  test.skipIf(lacks(tool, Bun.which(tool) !== null))("copies an image out of the engine and into it", async () => {
    await run(out("busybox:1"));
    await run(into(`${tool}:back`));
    const [original, copy] = await Promise.all(
      ["busybox:1", `${tool}:back`].map((name) => daemon.call("GET", `/images/${name}/json`)),
    );
    expect(copy).toMatchObject({ RootFS: Object(original).RootFS, Config: Object(original).Config });
  });
});
