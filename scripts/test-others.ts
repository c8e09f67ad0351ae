// npm run test:others: runs docker-compose's own tests, from Debian's source package, against Berth, or with
// BERTH_TEST_ENGINE=docker against Docker's engine.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestDaemon } from "../test/support/daemon.ts";
import type { TestRegistry } from "../test/support/registry.ts";
import type { Counts } from "./check/suite.ts";
import { conclude } from "./check.ts";
import { fetchDocker } from "./setup/clients.ts";
import { prepareHost } from "./setup/host.ts";
import { installPackages, suitePackages, testPackages } from "./setup/packages.ts";
import { berth, buildProgram, repository } from "./setup/program.ts";
import { must, note, StepError, say, script } from "./step.ts";

const directory = join(repository, "dist", "others");
const source = join(directory, "docker-compose");
const DEADLINE = 40 * 60_000;

/** The images that the tests pull; here, all of them are busybox. */
const images = [
  ...["busybox:latest", "busybox:1.31.0-uclibc", "busybox:1.27.2", "busybox:1.27.0.2"],
  ...["alpine:latest", "alpine:3.10.1", "alpine:3.12", "nginx:latest"],
];

/** Tests that cannot pass on this machine, or on any current engine. */
const expectedFailures: Readonly<Record<string, string>> = {
  test_build_with_git_url: "builds from a repository on the internet",
  test_build_with_build_args: "asks an image for its last container's command, as Docker's since release 25",
  test_build_with_build_args_override: "asks an image for its last container's command",
  test_create_container_with_cpu_rt: "needs a kernel with real-time groups",
  test_events_human_readable: "starts what it wants to hear of before it surely listens",
  test_events_json: "starts what it wants to hear of before it surely listens",
  test_exec_custom_user: "needs a user that only the real image has",
  test_exec_novalue_var_dotenv_file: "needs an image with a command that stays",
  test_pull_can_build: "asks Docker Hub for what it does not have",
  test_pull_with_digest: "asks Docker Hub",
  test_pull_with_ignore_pull_failures: "asks Docker Hub for what it does not have",
  test_pull_with_parallel_failure: "asks Docker Hub for what it does not have",
};

await script(async () => {
  await prepareHost();
  await installPackages([...testPackages, ...suitePackages]);
  await buildProgram();
  process.env.BERTH_TEST_EXECUTABLE = berth;
  process.env.PATH = `${process.env.PATH}:${await fetchDocker()}`;
  await fetchSource();
  const { startRegistry } = await import("../test/support/registry.ts");
  const { startDaemon } = await import("../test/support/daemon.ts");
  await using registry = await startRegistry();
  await using daemon = await startDaemon({ config: { "registry-mirrors": [registry.url] } });
  await fill(registry, daemon);
  conclude(await runTests(daemon));
});

/** Downloads the sources from Debian's archive, with separate package lists because most machines have no deb-src. */
async function fetchSource(): Promise<void> {
  if (existsSync(source)) return;
  say("fetching the sources of docker-compose");
  const [lists, parts] = [join(directory, "lists"), join(directory, "sources")];
  for (const path of [join(lists, "partial"), parts]) mkdirSync(path, { recursive: true });
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "bookworm";
  const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(
    join(parts, "debian.sources"),
    `Types: deb-src\nURIs: http://deb.debian.org/debian\nSuites: ${suite}\nComponents: main\nSigned-By: ${keys}\n`,
  );
  const places = [`Dir::State::lists=${lists}`, `Dir::Etc::sourceparts=${parts}`, "Dir::Etc::sourcelist=/dev/null"];
  const apt = ["apt-get", "--quiet", ...places.flatMap((place) => ["-o", place])];
  await must([...apt, "update"]);
  await must([...apt, "source", "--download-only", "docker-compose"], { cwd: directory });
  const archive = readdirSync(directory).find((name) => name.endsWith(".orig.tar.gz"));
  if (archive === undefined) throw new StepError("Debian's source package of docker-compose has no sources");
  const unpacked = join(directory, "unpacked");
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked);
  await must(["tar", "--extract", "--file", join(directory, archive), "--directory", unpacked, "--strip-components=1"]);
  renameSync(unpacked, source);
}

/** Fills the registry that replaces Docker Hub. */
async function fill(registry: TestRegistry, daemon: TestDaemon): Promise<void> {
  await daemon.importBusybox();
  for (const image of images) {
    const name = `${registry.host}/library/${image}`;
    await must(["docker", "tag", "busybox", name], { env: daemon.clientEnvironment });
    await must(["docker", "push", "--quiet", name], { env: daemon.clientEnvironment });
    await must(["docker", "rmi", name], { env: daemon.clientEnvironment });
  }
}

async function runTests(daemon: TestDaemon): Promise<Counts> {
  const report = join(directory, "report.xml");
  rmSync(report, { force: true });
  say("running its tests (ten minutes)");
  const child = Bun.spawn(
    ["/usr/bin/python3", "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:warnings"].concat(
      ["tests/integration", "tests/acceptance"],
      `--junit-xml=${report}`,
    ),
    {
      cwd: source,
      env: { ...process.env, ...daemon.clientEnvironment },
      stdio: ["ignore", "inherit", "inherit"],
      timeout: DEADLINE,
    },
  );
  await child.exited;
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  return judge(readFileSync(report, "utf8"));
}

/** Counts unexpected failures. Source: a `testcase` element per test in the JUnit report. */
function judge(report: string): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, name = "", end = ""] of report.matchAll(/<testcase [^>]*?\bname="(\w+)"[^>]*?(?:\/>|>\s*<(\w+))/g)) {
    const reason = expectedFailures[name];
    if (end === "skipped" || (reason !== undefined && end !== "")) counts.skipped += 1;
    else if (end === "failure" || end === "error") counts.failed += 1;
    else counts.passed += 1;
    if (end === "failure" || end === "error") note(`${name} failed${reason === undefined ? "" : `: ${reason}`}`);
  }
  return counts;
}
