// npm run test:vm: runs the integration tests on another kernel, and tests that need a whole machine.
// `npm run test:vm -- test/integration/isolation` runs those files only, in the machine.
import { add, type Counts, countsOf, none, runSuite } from "./check/suite.ts";
import { conclude } from "./check.ts";
import { buildPackages } from "./package.ts";
import { installPackages, machinePackages } from "./setup/packages.ts";
import { buildProgram } from "./setup/program.ts";
import { note, say, script } from "./step.ts";
import { makeImage } from "./virtual-machine/image.ts";
import { MACHINE_REPOSITORY, VirtualMachine } from "./virtual-machine/machine.ts";

const MINUTE = 60_000;

/** The tests that depend on the kernel. */
const kernelTests = ["containers", "files", "foundation", "isolation", "networks", "storage", "volumes"].map(
  (name) => `test/integration/${name}`,
);

await script(async () => {
  const wanted = process.argv.slice(2);
  await installPackages(machinePackages);
  await buildProgram();
  await makeImage();
  let counts = await runInside(wanted.length > 0 ? wanted : kernelTests);
  if (wanted.length === 0) {
    say("tests of a whole machine");
    await buildPackages();
    counts = add(counts, await runSuite("vm", { deadline: 60 * MINUTE }));
  }
  conclude(counts);
});

/** Runs test files in a machine and shows their output live. */
async function runInside(paths: readonly string[]): Promise<Counts> {
  say("starting a virtual machine");
  await using machine = await VirtualMachine.start({ withRepository: true });
  note(await machine.must("uname -sr; ls /sys/fs/cgroup/cgroup.controllers"));
  const environment = `PATH=${MACHINE_REPOSITORY}/bin:$PATH BERTH_TEST_EXECUTABLE=${MACHINE_REPOSITORY}/dist/berth`;
  const report = "/root/report.xml";
  const options = `--timeout=${10 * MINUTE} --only-failures --reporter=junit --reporter-outfile=${report}`;
  const files = paths.map((path) => `./${path}`).join(" ");
  const code = await machine.show(
    `cd ${MACHINE_REPOSITORY} && ${environment} node_modules/.bin/bun test ${files} ${options}`,
  );
  const counts = countsOf((await machine.run(`cat ${report}`)).stdout);
  return code !== 0 && counts.failed === 0 ? add(counts, { ...none, failed: 1 }) : counts;
}
