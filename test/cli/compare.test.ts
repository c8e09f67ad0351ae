// The command lines of `docker` and `berth` side by side on one Berth engine: the same lines, the same output, the same
// errors, the same exit codes.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dockerIsInstalled, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { imageScenarios } from "./compare/images.ts";
import { normalise } from "./compare/normalise.ts";
import { lineOf, type Result, type Results, runScenario, type Scenario } from "./compare/scenario.ts";

const SCENARIO_DEADLINE = 120_000;

const groups: Readonly<Record<string, readonly Scenario[]>> = {
  images: imageScenarios,
};

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
});
afterAll(() => daemon?.dispose());

/** As one text, which makes a readable difference. */
const shown = ({ code, stdout, stderr, files }: Result): string =>
  `${normalise(stdout)}--- standard error\n${normalise(stderr)}--- exit code ${code}, files: ${files.join(" ")}`;

describe.skipIf(!dockerIsInstalled).each(Object.entries(groups))("%s", (_, scenarios) => {
  describe.each(scenarios.map((scenario) => ({ ...scenario })))("$name", (scenario) => {
    let results: Results;

    beforeAll(async () => {
      results = await runScenario(daemon, scenario);
    }, SCENARIO_DEADLINE);

    test.each(scenario.lines.map((line, index) => ({ ...lineOf(line), index })))("$line", ({ index, differs }) => {
      const [docker, berth] = [results.docker[index], results.berth[index]];
      if (!docker || !berth) throw new Error("the line was not run");
      if (differs) expect(differs.compare(berth)).toEqual(differs.compare(docker));
      else expect(shown(berth)).toBe(shown(docker));
    });
  });
});
