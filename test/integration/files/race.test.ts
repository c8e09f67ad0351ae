// A container that swaps directories for links during a copy must not redirect it to the host. BERTH_RACE_SECONDS
// extends the race, whose default duration catches simple mistakes.
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import { startDaemon } from "../../support/daemon.ts";

const seconds = Number(process.env.BERTH_RACE_SECONDS ?? 5);

test(
  "a race lost by the container",
  async () => {
    await using daemon = await startDaemon();
    await daemon.importBusybox();
    const secret = join(daemon.directory, "secret");
    mkdirSync(secret);
    writeFileSync(join(secret, "f"), "OF THE HOST");
    const script = `mkdir -p /d/x ${secret}; echo inside > /d/x/f; echo inside > ${secret}/f
      while :; do
        mv /d/x /d/y; ln -s ${secret} /d/x; rm -f /d/x
        ln -s ../../../../../../../../..${secret} /d/x; rm -f /d/x; mv /d/y /d/x
      done 2>/dev/null`;
    const run = ["run", "-d", "--name", "racer", "--network", "none", "-v", "raced:/d", "busybox", "sh", "-c", script];
    expect(await daemon.docker(run)).toMatchObject({ code: 0 });
    const archive = join(daemon.directory, "in.tar");
    mkdirSync(join(daemon.directory, "in"));
    writeFileSync(join(daemon.directory, "in/written"), "");
    await mustRun(["tar", "-C", join(daemon.directory, "in"), "-cf", archive, "written"]);
    const bytes = new Uint8Array(readFileSync(archive));
    const end = Date.now() + seconds * 1000;
    let read = 0;
    while (Date.now() < end) {
      for (const path of ["/d/x/f", "/d", "/d/x/"]) {
        const answer = await daemon.request("GET", `/containers/racer/archive?path=${path}`);
        const text = Buffer.from(await answer.arrayBuffer().catch(() => new ArrayBuffer(0))).toString("latin1");
        expect(text).not.toContain("OF THE HOST");
        if (text.includes("inside")) read++;
      }
      await daemon.request("PUT", "/containers/racer/archive?path=/d/x", bytes, {
        "Content-Type": "application/x-tar",
      });
      expect(existsSync(join(secret, "written"))).toBe(false);
    }
    expect(read).toBeGreaterThan(0);
  },
  (seconds + 60) * 1000,
);
