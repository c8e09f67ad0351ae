// npm run test:packages: builds the packages, then installs, upgrades and removes them in a container with systemd.
import { runSuite } from "./check/suite.ts";
import { conclude } from "./check.ts";
import { buildPackages } from "./package.ts";
import { installPackages, rootPackages } from "./setup/packages.ts";
import { say, script } from "./step.ts";
import { makeRoot } from "./systemd-container/root.ts";

await script(async () => {
  await installPackages(rootPackages);
  await makeRoot();
  await buildPackages();
  say("package tests");
  conclude(await runSuite("packages", { deadline: 60 * 60_000 }));
});
