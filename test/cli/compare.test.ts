// Runs `docker` and `berth` on one Berth engine: the same command lines must give the same output, errors and exit
// codes.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ContextServer, startContextServer } from "../support/contexts.ts";
import { dockerRelease, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { freePort } from "../support/port.ts";
import { registryIsInstalled, startRegistry, type TestRegistry } from "../support/registry.ts";
import { lacks } from "../support/requirement.ts";
import { builderScenarios, buildLineScenarios, remoteBuildScenarios } from "./compare/builds.ts";
import { containerListScenarios } from "./compare/container-lists.ts";
import { containerScenarios } from "./compare/containers.ts";
import { contextScenarios } from "./compare/contexts.ts";
import { creationScenarios } from "./compare/creation.ts";
import { helpScenarios } from "./compare/help.ts";
import { imageScenarios } from "./compare/images.ts";
import { lifeScenarios } from "./compare/life.ts";
import { networkScenarios } from "./compare/networks.ts";
import { normalise } from "./compare/normalise.ts";
import { optionScenarios } from "./compare/options.ts";
import { registryScenarios } from "./compare/registries.ts";
import {
  lineOf,
  type Result,
  type Results,
  runScenario,
  type Scenario,
  type Surroundings,
} from "./compare/scenario.ts";
import { systemScenarios } from "./compare/system.ts";
import { volumeScenarios } from "./compare/volumes.ts";

/** The release whose words and layout Berth's command line has; Debian 12 packs one of 2021, and later ones differ. */
const FOLLOWED_RELEASE = 28;
const comparable = (await dockerRelease()) === FOLLOWED_RELEASE;

const SCENARIO_DEADLINE = 600_000;

const groups: Readonly<Record<string, readonly Scenario[]>> = {
  containers: [...containerListScenarios, ...containerScenarios],
  creation: creationScenarios,
  life: lifeScenarios,
  images: imageScenarios,
  builds: [...buildLineScenarios, ...builderScenarios, ...remoteBuildScenarios],
  networks: networkScenarios,
  volumes: volumeScenarios,
  system: systemScenarios,
  options: optionScenarios,
  contexts: contextScenarios,
  registries: registryScenarios,
  help: helpScenarios,
};

let daemon: TestDaemon;
let registries: TestRegistry[] = [];
let ports: number[] = [];
let contexts: ContextServer;

beforeAll(async () => {
  daemon = await startDaemon();
  ports = [await freePort(), await freePort()];
  contexts = await startContextServer();
  if (!registryIsInstalled) return;
  registries = await Promise.all([startRegistry(), startRegistry({ user: { name: "anna", password: "password" } })]);
});

afterAll(async () => {
  await daemon?.dispose();
  await contexts?.dispose();
  for (const registry of registries) await registry.dispose();
});

const surroundings = (): Surroundings => {
  const [open = "", closed = ""] = registries.map(({ host }) => host);
  const [webport = "", otherport = ""] = ports.map(String);
  return { daemon, placeholders: { open, closed, webport, otherport, web: contexts.host } };
};

/** As one text, for a readable diff. */
const shown = ({ code, stdout, stderr, files }: Result): string =>
  `${normalise(stdout)}--- standard error\n${normalise(stderr)}--- exit code ${code}, files: ${files.join(" ")}`;

describe.skipIf(lacks("release 28 of the docker command", comparable)).each(Object.entries(groups))(
  "%s",
  (_, scenarios) => {
    describe.each(scenarios.map((scenario) => ({ ...scenario })))("$name", (scenario) => {
      let results: Results;

      beforeAll(async () => {
        results = await runScenario(surroundings(), scenario);
      }, SCENARIO_DEADLINE);

      test.each(scenario.lines.map((line, index) => ({ ...lineOf(line), index })))("$line", ({ index, differs }) => {
        const [docker, berth] = [results.docker[index], results.berth[index]];
        if (!docker || !berth) throw new Error("the line was not run");
        if (differs) expect(differs.compare(berth)).toEqual(differs.compare(docker));
        else expect(shown(berth)).toBe(shown(docker));
      });
    });
  },
);
