// npm run release -- X.Y.Z: checks the tree, sets the version, finalizes the changelog, commits, builds and tests the
// packages, and tags the commit. Nothing is pushed. A failure restores the branch.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finalizeChangelog } from "./release/changelog.ts";
import { isNewer } from "./release/version.ts";
import { installPackages, rootPackages } from "./setup/packages.ts";
import { repository } from "./setup/program.ts";
import { must, note, program, StepError, say, script } from "./step.ts";
import { makeRoot } from "./systemd-container/root.ts";

const changelog = join(repository, "CHANGELOG.md");
const packages = join(repository, "dist", "packages");

const COMMIT_FORMAT = "{{.Client.GitCommit}}";

await script(async () => {
  const [version = ""] = process.argv.slice(2);
  const current = await must(["npm", "pkg", "get", "version"], { cwd: repository }).then((text) =>
    text.replaceAll('"', ""),
  );
  if (!isNewer(version, current)) throw new StepError(`usage: npm run release -- X.Y.Z, newer than ${current}`);
  await checkTree(version);
  const today = new Date().toISOString().slice(0, 10);
  const { text, notes } = finalizeChangelog(readFileSync(changelog, "utf8"), version, today);
  const before = await git("rev-parse", "HEAD");
  try {
    say(`setting the version to ${version}`);
    writeFileSync(changelog, text);
    await must(["npm", "version", version, "--no-git-tag-version"], { cwd: repository });
    await show(["npm", "run", "check"]);
    // Before the build, because the program contains the hash of its commit. The checks above are those of the hook.
    await git("commit", "--quiet", "--all", "--no-verify", "--message", `Release ${version}`);
    await show(["npm", "run", "package"]);
    await testPackages(version);
    await git("tag", "--annotate", `v${version}`, "--message", `Berth ${version}\n\n${notes}`);
  } catch (thrown) {
    // The tree was clean, so this loses nothing but the changes above.
    await git("reset", "--quiet", "--hard", before);
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

/**
 * Tests the packages as users get them: checksums, contents, the engine's tests with the packaged executable, and
 * installation, upgrade and removal in a container with systemd.
 */
async function testPackages(version: string): Promise<void> {
  say("testing the packages");
  await must(["sha256sum", "--check", "--quiet", "SHA256SUMS"], { cwd: packages });
  const root = mkdtempSync(join(tmpdir(), "berth-release-test-"));
  try {
    const architecture = await must(["dpkg", "--print-architecture"]);
    await must(["dpkg-deb", "--extract", join(packages, `berth_${version}_${architecture}.deb`), root]);
    const executable = join(root, "usr/bin/berth");
    const shown = await must([executable, "--version"]);
    if (shown !== `Berth version ${version}`)
      throw new StepError(`unexpected version of the packaged program: ${shown}`);
    // Exits with code 1, because there is no daemon.
    const client = await program([executable, "--host", "unix:///nonexistent", "version", "--format", COMMIT_FORMAT]);
    const commit = await git("describe", "--always", "--exclude=*");
    if (!client.output.startsWith(`${commit}\n`)) throw new StepError(`not built from ${commit}: ${client.output}`);
    await must([executable, "daemon", "--validate", "--config-file", join(root, "etc/berth/daemon.json")]);
    await show([process.execPath, "test", "./test/integration/foundation", "--timeout=120000"], executable);
    await installPackages(rootPackages);
    await makeRoot();
    await show([process.execPath, "test", "./test/packages", "--timeout=120000"]);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function git(...words: string[]): Promise<string> {
  return must(["git", "-C", repository, ...words]);
}

/** Runs a program and shows its output. */
async function show(argv: string[], executable?: string): Promise<void> {
  const env = executable === undefined ? process.env : { ...process.env, BERTH_TEST_EXECUTABLE: executable };
  const code = await Bun.spawn(argv, { cwd: repository, stdio: ["ignore", "inherit", "inherit"], env }).exited;
  if (code !== 0) throw new StepError(`\`${argv.join(" ")}\` failed with code ${code}`);
}
