// A few hundred short runs with all CPUs busy, compared byte by byte. `npm run stress` does thousands.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { installedClients, startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
let load: Bun.Subprocess[];

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  load = Array.from({ length: navigator.hardwareConcurrency }, () =>
    Bun.spawn(["/bin/busybox", "sh", "-c", "while :; do :; done"], { stdio: ["ignore", "ignore", "ignore"] }),
  );
});

afterAll(async () => {
  for (const spinner of load ?? []) spinner.kill("SIGKILL");
  await daemon?.dispose();
});

const RUNS = 100;
const LANES = 4;

describe.each(installedClients)("%s", (client) => {
  const cases: [kind: string, flags: string[], newline: string][] = [
    ["without a terminal", [], "\n"],
    ["with a terminal", ["-t"], "\r\n"],
  ];
  test.each(cases)(
    "%s",
    async (_, flags, newline) => {
      const wrong: string[] = [];
      let next = 0;
      const lane = async () => {
        for (let number = next++; number < RUNS; number = next++) {
          const lines = (number * 37) % 300;
          const code = number % 5;
          const shell = `seq ${lines} | sed 's/.*/line & of ${number}/'; exit ${code}`;
          const result = await daemon.client(client, ["run", "--rm", ...flags, "busybox", "sh", "-c", shell]);
          const expected = Array.from({ length: lines }, (_line, i) => `line ${i + 1} of ${number}${newline}`).join("");
          if (result.code !== code)
            wrong.push(`run ${number}: exit code ${result.code}, not ${code}: ${result.stderr}`);
          if (result.stdout !== expected)
            wrong.push(`run ${number}: ${result.stdout.length} of ${expected.length} bytes`);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      expect(wrong).toEqual([]);
    },
    300_000,
  );
});
