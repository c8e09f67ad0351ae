// npm run release -- X.Y.Z: checks the tree, sets the version, finalizes the changelog, builds and tests the packages,
// commits and tags. Nothing is pushed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finalizeChangelog } from "./release/changelog.ts";
import { isNewer } from "./release/version.ts";
import { repository } from "./setup/program.ts";
import { must, note, StepError, say, script } from "./step.ts";

const changelog = join(repository, "CHANGELOG.md");
const packages = join(repository, "dist", "packages");

await script(async () => {
  const [version = ""] = process.argv.slice(2);
  const current = await must(["npm", "pkg", "get", "version"], { cwd: repository }).then((text) =>
    text.replaceAll('"', ""),
  );
  if (!isNewer(version, current)) throw new StepError(`usage: npm run release -- X.Y.Z, newer than ${current}`);
  await checkTree(version);
  const today = new Date().toISOString().slice(0, 10);
  const { text, notes } = finalizeChangelog(readFileSync(changelog, "utf8"), version, today);
  try {
    say(`setting the version to ${version}`);
    writeFileSync(changelog, text);
    await must(["npm", "version", version, "--no-git-tag-version"], { cwd: repository });
    await show(["npm", "run", "check"]);
    await show(["npm", "run", "package"]);
    await testPackages(version);
    say("committing and tagging");
    await git("commit", "--quiet", "--all", "--message", `Release ${version}`);
    await git("tag", "--annotate", `v${version}`, "--message", `Berth ${version}\n\n${notes}`);
  } catch (thrown) {
    await git("checkout", "--quiet", "HEAD", "--", "CHANGELOG.md", "package.json", "package-lock.json");
    throw thrown;
  }
  say(`released ${version}: the packages are in dist/packages`);
  note(`git push origin main v${version}`);
});

async function checkTree(version: string): Promise<void> {
  say("checking the tree");
  if ((await git("status", "--porcelain")) !== "") throw new StepError("commit or stash your changes first");
  const branch = await git("branch", "--show-current");
  if (branch !== "main") throw new StepError(`releases are made from main, not from ${branch}`);
  if ((await git("tag", "--list", `v${version}`)) !== "") throw new StepError(`the tag v${version} exists already`);
}

/** Tests the packages as users get them: checksums, contents, and the engine's tests with the packaged executable. */
async function testPackages(version: string): Promise<void> {
  say("testing the packages");
  await must(["sha256sum", "--check", "--quiet", "SHA256SUMS"], { cwd: packages });
  const root = mkdtempSync(join(tmpdir(), "berth-release-test-"));
  try {
    const architecture = await must(["dpkg", "--print-architecture"]);
    await must(["dpkg-deb", "--extract", join(packages, `berth_${version}_${architecture}.deb`), root]);
    const executable = join(root, "usr/bin/berth");
    const shown = await must([executable, "--version"]);
    if (shown !== `Berth version ${version}`) throw new StepError(`the packaged program says: ${shown}`);
    await must([executable, "daemon", "--validate", "--config-file", join(root, "etc/berth/daemon.json")]);
    await show([process.execPath, "test", "test/integration/foundation", "--timeout=120000"], executable);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const git = (...words: string[]): Promise<string> => must(["git", "-C", repository, ...words]);

/** Runs a program and shows its output. */
async function show(argv: string[], executable?: string): Promise<void> {
  const env = executable === undefined ? process.env : { ...process.env, BERTH_TEST_EXECUTABLE: executable };
  const code = await Bun.spawn(argv, { cwd: repository, stdio: ["ignore", "inherit", "inherit"], env }).exited;
  if (code !== 0) throw new StepError(`\`${argv.join(" ")}\` failed with code ${code}`);
}
