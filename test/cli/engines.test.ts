// `docker` on Docker's engine and `berth` on Berth's: the same command lines must give the same output, errors and exit
// codes. Debian's engine is of 2021; differences of the current one, which Berth follows, are listed.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dockerIsCurrent, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { referenceIsInstalled } from "../support/reference.ts";
import { lacks } from "../support/requirement.ts";
import { builderScenarios } from "./compare/builds.ts";
import { containerScenarios } from "./compare/containers.ts";
import { networkScenarios } from "./compare/networks.ts";
import { answeredOtherwise, newerWords } from "./compare/newer-words.ts";
import { normalise } from "./compare/normalise.ts";
import { lineOf, type Result, type Results, runOnBoth, type Scenario } from "./compare/scenario.ts";

const SCENARIO_DEADLINE = 400_000;
const ENGINE_DEADLINE = 60_000;

const groups: Readonly<Record<string, readonly Scenario[]>> = {
  containers: containerScenarios,
  builds: builderScenarios,
  networks: networkScenarios.filter(({ readsOnly }) => !readsOnly),
};

let docker: TestDaemon;
let berth: TestDaemon;

beforeAll(async () => {
  if (!referenceIsInstalled) return;
  docker = await startDaemon({ engine: "docker" });
  berth = await startDaemon({ engine: "berth" });
}, ENGINE_DEADLINE);

afterAll(async () => {
  await docker?.dispose();
  await berth?.dispose();
}, ENGINE_DEADLINE);

const shown = ({ code, stdout, stderr }: Result): string =>
  `${newerWords(normalise(stdout))}--- standard error\n${newerWords(normalise(stderr))}--- exit code ${code}`;

describe
  .skipIf(lacks("dockerd", referenceIsInstalled) || lacks("release 28 of the docker command", dockerIsCurrent))
  .each(Object.entries(groups))("%s", (_, scenarios) => {
  describe.each(scenarios.map((scenario) => ({ ...scenario })))("$name", (scenario) => {
    let results: Results;

    beforeAll(async () => {
      results = await runOnBoth(
        { docker: { daemon: docker, placeholders: {} }, berth: { daemon: berth, placeholders: {} } },
        scenario,
      );
    }, SCENARIO_DEADLINE);

    const lines = scenario.lines.map((line, index) => ({ ...lineOf(line), index }));
    test.each(lines)("$line", ({ line, index, differs }) => {
      const [theirs, ours] = [results.docker[index], results.berth[index]];
      if (!theirs || !ours) throw new Error("the line was not run");
      if (line in answeredOtherwise) expect(shown(ours)).not.toBe(shown(theirs));
      else if (differs) expect(differs.compare(ours)).toEqual(differs.compare(theirs));
      else expect(shown(ours)).toBe(shown(theirs));
    });
  });
});
