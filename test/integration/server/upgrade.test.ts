// Replaces the engine's executable while it runs, as a package upgrade does: it keeps using the old one.
import { expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon } from "../../support/daemon.ts";
import { lacks } from "../../support/requirement.ts";

const program = process.env.BERTH_TEST_EXECUTABLE ?? "";

// When run from sources, the engine has no executable to replace.
test.skipIf(lacks("a compiled program (BERTH_TEST_EXECUTABLE)", program !== ""))(
  "workers are the engine's own program, whatever lies at its path by now",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-upgrade-"));
    const installed = join(directory, "berth");
    copyFileSync(program, installed);
    // In the place of the program that the tests' engines are.
    const prefix = ["sh", "-c", `shift; exec ${installed} "$@"`, "sh"];
    try {
      await using daemon = await startDaemon({ prefix });
      await daemon.importBusybox();
      const next = join(directory, "next");
      writeFileSync(next, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
      renameSync(next, installed);
      await daemon.importBusybox("another");
      const container = await daemon.berth(["run", "-d", "--network", "none", "another", "sleep", "1000"]);
      expect(container).toMatchObject({ code: 0 });
      writeFileSync(join(directory, "file"), "copied");
      const id = container.stdout.trim();
      expect(await daemon.berth(["cp", join(directory, "file"), `${id}:/file`])).toMatchObject({ code: 0 });
      expect(await daemon.berth(["exec", id, "cat", "/file"])).toMatchObject({ code: 0, stdout: "copied" });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
