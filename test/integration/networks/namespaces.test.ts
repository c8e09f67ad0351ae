// Entering a network namespace: a thread that cannot return must not continue.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { command } from "../../support/command.ts";

const source = join(import.meta.dir, "..", "..", "..", "src", "linux", "namespaces.ts");

/** Enters the namespace of this process; `work` is the code that runs inside. */
const entering = (work: string): string => `
  import { closeSync, readdirSync, readlinkSync } from "node:fs";
  import { inNetworkNamespace } from ${JSON.stringify(source)};
  inNetworkNamespace("/proc/self/ns/net", () => { ${work} });
  console.log("went on");
`;

const run = (work: string) => command([process.execPath, "--eval", entering(work)]);

test("a process back in its own namespace continues", async () => {
  expect(await run("")).toMatchObject({ code: 0, stdout: "went on\n" });
});

test("a process that cannot return to its namespace aborts with a reason", async () => {
  // Without its descriptor there is no way back.
  const { code, stdout, stderr } = await run(`
    for (const name of readdirSync("/proc/self/fd")) {
      let target = "";
      try { target = readlinkSync("/proc/self/fd/" + name); } catch {}
      if (target.startsWith("net:")) closeSync(Number(name));
    }
  `);
  expect(stdout).toBe("");
  expect(stderr).toContain("failed to return to the host's network namespace, aborting: SystemCallError: setns: EBADF");
  expect(code).not.toBe(0);
});
