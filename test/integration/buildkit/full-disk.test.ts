// A context larger than the disk: the client gets an error, and the space is free again for the next build.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildKit, buildKitClients } from "../../support/buildkit-clients.ts";
import { startDaemon } from "../../support/daemon.ts";

const DISK = "24m";
const MORE_THAN_THE_DISK = 40_000_000;

describe.each([...buildKitClients])("%s", (client) => {
  test("a full disk fails the build and nothing else", async () => {
    const context = mkdtempSync(join(tmpdir(), "berth-full-"));
    await using daemon = await startDaemon({ dataRootSize: DISK });
    try {
      await daemon.importBusybox();
      writeFileSync(join(context, "Dockerfile"), "FROM busybox\nCOPY . /x/\n");
      writeFileSync(join(context, "large"), Buffer.alloc(MORE_THAN_THE_DISK, 1));
      const full = await buildKit(client, daemon, ["build", context]);
      expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining("no space left on device") });
      writeFileSync(join(context, "large"), "small by now");
      expect(await buildKit(client, daemon, ["build", context])).toMatchObject({ code: 0 });
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  });
});
